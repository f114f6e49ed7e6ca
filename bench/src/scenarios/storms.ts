import { longestTurnMs } from '../measure/hold-up.js';
import { median } from '../measure/statistics.js';
import { openSubject, type Setup, type SubjectName } from '../subjects/index.js';
import { loopsFor } from './paired.js';
import type { Row, Scenario } from './scenario.js';

const DEADLINE_MS = 50;

/** Everybody in a long line times out at once, or a whole pool has been idle for too long. */
export const stormScenarios: readonly Scenario[] = [
  ...[10_000, 100_000].map(
    (count): Scenario => ({
      id: `time-outs-${count}`,
      title: `${count.toLocaleString('en')} waiters time out at once`,
      peers: (mode) => {
        if (mode === 'quick') return count === 10_000 ? ['generic-pool'] : undefined;
        // lightning-pool loses its resource for good after some thousands; sequelize-pool needs minutes for 100,000.
        return count === 10_000
          ? ['generic-pool', 'tarn', 'sequelize-pool', 'pg-pool']
          : ['generic-pool', 'tarn'];
      },
      run: (subjects, mode) =>
        collect(subjects, mode === 'quick' ? 1 : count > 10_000 ? 3 : 5, (name) =>
          timeOuts(name, count),
        ),
    }),
  ),
  {
    id: 'sweep-10000',
    title: '10,000 idle resources are ended at once',
    peers: (mode) =>
      mode === 'quick' ? ['generic-pool'] : ['generic-pool', 'lightning-pool', 'tarn'],
    run: (subjects, mode) => collect(subjects, mode === 'quick' ? 1 : 5, sweep),
  },
];

/** Measures each subject in turn, `rounds` times over; the floor has neither deadlines nor sweeps. */
async function collect(
  subjects: readonly SubjectName[],
  rounds: number,
  measure: (name: SubjectName) => Promise<number>,
): Promise<Row[]> {
  const names = subjects.filter((name) => name !== 'floor');
  const found = new Map<SubjectName, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) found.get(name)?.push(await measure(name));
  }
  return [...found].map(([subject, all]): Row => {
    return { subject, part: 'longest hold-up', unit: 'ms', value: median(all) };
  });
}

async function timeOuts(name: SubjectName, count: number): Promise<number> {
  const subject = await openSubject(name, {
    max: 1,
    warm: 1,
    acquireTimeoutMs: DEADLINE_MS,
  });
  const loops = await loopsFor(name);
  const held = await subject.acquire();
  globalThis.gc?.({ type: 'minor' });
  const answered = loops.resigned(subject, count);
  let over = false;
  const counted = answered.then((refused) => {
    over = true;
    return refused;
  });
  const spinUntil = performance.now() + DEADLINE_MS * 2;
  while (performance.now() < spinUntil); // so that all deadlines have passed before the first turn
  const holdUp = await longestTurnMs(() => over);
  const refused = await counted;
  if (refused !== count) throw new Error(`${name}: ${refused} of ${count} were refused`);
  await subject.release(held);
  await subject.close();
  return holdUp;
}

async function sweep(name: SubjectName): Promise<number> {
  const size = 10_000;
  let ended = 0;
  const setup: Setup = { max: size, warm: size, idleTimeoutMs: 200, onDestroy: () => ended++ };
  const subject = await openSubject(name, setup);
  ended = 0;
  const holdUp = await longestTurnMs(() => ended >= size);
  await subject.close();
  return holdUp;
}
