import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsCoordinator } from '../../src/nats/index.js';
import { hasNatsServer, NatsServer } from '../support/nats-server.js';

const there = hasNatsServer();
if (!there) console.warn('skipped: there is no nats-server on the PATH (Debian: nats-server)');

const PARTITIONS = 9;
const LAST = 700;
const LEASE_MS = 1_500;
const MEMBER = fileURLToPath(new URL('./member.ts', import.meta.url));

interface Handled {
  readonly partition: number;
  readonly position: number;
  readonly member: string;
}

describe.skipIf(!there)('a group on NATS JetStream', () => {
  let server: NatsServer;
  let folder: string;
  beforeAll(async () => {
    server = await NatsServer.start();
    folder = mkdtempSync(path.join(tmpdir(), 'rockpool-group-'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('shares, moves and gives back partitions, and keeps checkpoints', async () => {
    const open = (partitions: number) =>
      natsCoordinator({
        connection: { servers: server.url },
        group: 'small',
        partitions,
        leaseMs: 900,
      });
    const [a, b] = [await open(4), await open(4)];
    const told: string[] = [];
    const assignments = (name: string) => ({
      assigned: (partitions: readonly number[]) => void told.push(`${name}+${partitions}`),
      revoked: (partitions: readonly number[]) => void told.push(`${name}-${partitions}`),
    });
    await a.join('a', assignments('a'));
    expect(a.owned).toEqual([0, 1, 2, 3]);
    expect(await a.leader()).toBe(true);
    await b.join('b', assignments('b'));
    await expect
      .poll(() => [a.owned, b.owned], { timeout: 10_000 })
      .toEqual([
        [0, 1],
        [2, 3],
      ]);
    await a.checkpoint(2, 70n);
    await b.checkpoint(2, 60n);
    expect(await b.lastCheckpoint(2)).toBe(70n);
    await a.close();
    await expect.poll(() => b.owned, { timeout: 10_000 }).toEqual([0, 1, 2, 3]);
    await expect.poll(() => b.leader(), { timeout: 10_000 }).toBe(true);
    await b.close();
    expect(told.slice(0, 3)).toEqual(['a+0,1,2,3', 'a-2,3', 'b+2,3']);
  });

  it('says what is missing where no server is', async () => {
    await expect(
      natsCoordinator({ connection: { servers: '127.0.0.1:1', reconnect: false }, group: 'none' }),
    ).rejects.toMatchObject({
      code: 'ERR_PIPELINE_CONNECTION',
      message: expect.stringContaining('is there a nats-server with JetStream'),
    });
  });

  it('loses nothing when one of three processes is killed, and repeats only what had no checkpoint', async () => {
    const children = new Map<string, ChildProcess>();
    const fileOf = (member: string) => path.join(folder, member);
    const begin = async (member: string) => {
      writeFileSync(fileOf(member), '');
      const child = fork(
        MEMBER,
        [server.url, 'large', member, fileOf(member), `${PARTITIONS}`, `${LAST}`, `${LEASE_MS}`],
        { execArgv: ['--conditions=@rockpool/source', '--import', 'tsx'] },
      );
      children.set(member, child);
      await new Promise((resolve, reject) => {
        child.once('message', resolve);
        child.once('exit', (code) => reject(new Error(`${member} ended with ${code}`)));
      });
      child.removeAllListeners('exit');
    };
    const handledBy = (member: string): Handled[] =>
      readFileSync(fileOf(member), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [partition, position] = line.split(' ').map(Number);
          return { partition: partition!, position: position!, member };
        });
    const members = ['a', 'b', 'c'];
    try {
      await Promise.all(members.map(begin));
      // What a member owns and has not finished: nobody is further there than it is.
      const unfinished = (member: string): number[] => {
        const furthest = (each: string, partition: number): number =>
          Math.max(
            0,
            ...handledBy(each).flatMap((e) => (e.partition === partition ? e.position : [])),
          );
        return Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(
          (partition) => {
            const reached = furthest(member, partition);
            const others = members.filter((each) => each !== member);
            return reached < LAST && others.every((each) => furthest(each, partition) < reached);
          },
        );
      };
      // Each of them is in the midst of its work, on its fair share.
      await expect
        .poll(() => members.map((member) => unfinished(member).length), { timeout: 20_000 })
        .toEqual([3, 3, 3]);
      const victim = 'b';
      const killedAt = performance.now();
      const victimEnded = new Promise((resolve) => children.get(victim)!.once('exit', resolve));
      children.get(victim)!.kill('SIGKILL');
      await victimEnded;
      const left = new Set(unfinished(victim));
      expect(left.size).toBeGreaterThan(0);
      const before = new Map(members.map((member) => [member, handledBy(member).length]));
      let takenAfterMs: number | undefined;
      const survivors = members.filter((member) => member !== victim);
      await expect
        .poll(
          () => {
            const all = survivors.flatMap((member) => handledBy(member));
            const later = survivors.flatMap((member) =>
              handledBy(member).slice(before.get(member)!),
            );
            if (later.some(({ partition }) => left.has(partition))) {
              takenAfterMs ??= performance.now() - killedAt;
            }
            const done = [...all, ...handledBy(victim)].filter(({ position }) => position === LAST);
            return new Set(done.map(({ partition }) => partition)).size;
          },
          { timeout: 40_000, interval: 25 },
        )
        .toBe(PARTITIONS);

      const handled = members.flatMap(handledBy);
      const times = new Map<string, number>();
      for (const { partition, position } of handled) {
        const key = `${partition}/${position}`;
        times.set(key, (times.get(key) ?? 0) + 1);
      }
      expect(times.size).toBe(PARTITIONS * LAST);
      const doubled = [...times].filter(([, count]) => count > 1);
      // What the killed member had handled of each of its partitions since the last checkpoint.
      expect(doubled.length).toBeLessThanOrEqual(left.size * 20);
      const foreign = doubled.filter(([key]) => !left.has(Number(key.split('/')[0])));
      expect(foreign).toEqual([]);
      for (const member of members) expectInOrder(handledBy(member));
      // Not before its last lease ended, which was renewed every third of it.
      expect(takenAfterMs).toBeGreaterThan(LEASE_MS / 2);
      expect(takenAfterMs).toBeLessThan(4 * LEASE_MS);
      console.info(
        `takeover after kill -9: ${Math.round(takenAfterMs!)} ms with leases of ${LEASE_MS} ms; ` +
          `${times.size} messages handled, 0 lost, ${doubled.length} repeated`,
      );
    } finally {
      for (const child of children.values()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.send('stop');
        await ended;
      }
    }
  }, 90_000);
});

/** Each partition in order, but for a step back to the last checkpoint when it came from another member. */
function expectInOrder(handled: readonly Handled[]): void {
  const last = new Map<number, number>();
  for (const { partition, position } of handled) {
    const before = last.get(partition);
    if (before !== undefined) expect(position).toBeGreaterThan(before);
    last.set(partition, position);
  }
}
