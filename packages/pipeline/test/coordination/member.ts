// One member of a group, as a process of its own: handles the messages of the partitions it owns, in order, each from
// the last checkpoint on, and appends what it handled to a file.
import { appendFileSync } from 'node:fs';
import { setTimeout as nap } from 'node:timers/promises';
import { natsCoordinator } from '../../src/nats/index.js';

const [server, group, member, file, partitions, last, leaseMs] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const CHECKPOINT_EVERY = 20;

const coordinator = await natsCoordinator({
  connection: { servers: server },
  group,
  partitions: Number(partitions),
  leaseMs: Number(leaseMs),
});
const working = new Map<number, Promise<void>>();

await coordinator.join(member, {
  assigned: (assigned) => {
    for (const each of assigned) working.set(each, handleAll(each));
  },
  revoked: async (revoked) => {
    await Promise.all(revoked.map((each) => working.get(each) ?? Promise.resolve()));
  },
});
process.send?.({ kind: 'joined', member, owned: coordinator.owned });
process.once('message', () => {
  void coordinator.close().then(() => process.disconnect());
});

/** Every partition has the messages 1 to `last`. */
async function handleAll(partition: number): Promise<void> {
  let next = ((await coordinator.lastCheckpoint(partition)) ?? 0n) + 1n;
  for (; next <= BigInt(last) && coordinator.owns(partition); next += 1n) {
    appendFileSync(file, `${partition} ${next} ${member}\n`);
    if (next % BigInt(CHECKPOINT_EVERY) === 0n || next === BigInt(last)) {
      await coordinator.checkpoint(partition, next);
    }
    // A message takes a moment, so that a member can be killed in the midst of its work.
    await nap(5);
  }
  if (next <= BigInt(last)) await coordinator.checkpoint(partition, next - 1n);
}
