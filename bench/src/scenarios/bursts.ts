import { setTimeout as pause } from 'node:timers/promises';
import { cpuUs } from '../measure/cpu-clock.js';
import { quantile } from '../measure/statistics.js';
import { openSubject, type Subject, type SubjectName } from '../subjects/index.js';
import type { Mode, Row, Scenario } from './scenario.js';

const BURST = { callers: 50, everyMs: 10, holdMs: 1, max: 10 } as const;

/** Callers come in bursts. The timer of the holders decides, not the pool: shown, and nobody's goal. */
export const burstScenario: Scenario = {
  id: 'bursts',
  title: '50 callers every 10 ms, 10 resources, 1 ms holds',
  peers: (mode) => (mode === 'quick' ? undefined : ['generic-pool', 'lightning-pool', 'tarn']),
  async run(subjects, mode) {
    const rows: Row[] = [];
    for (const name of subjects) rows.push(...(await burst(name, mode)));
    return rows;
  },
};

async function burst(name: SubjectName, mode: Mode): Promise<Row[]> {
  const subject = await openSubject(name, { max: BURST.max, warm: BURST.max });
  const waits: number[] = [];
  const callers: Promise<void>[] = [];
  const bursts = mode === 'quick' ? 20 : 100;
  const beganUs = cpuUs();
  for (let count = 0; count < bursts; count++) {
    for (let index = 0; index < BURST.callers; index++) callers.push(call(subject, waits));
    await pause(BURST.everyMs);
  }
  await Promise.all(callers);
  const cpuNs = ((cpuUs() - beganUs) * 1_000) / waits.length;
  await subject.close();
  return [
    ...[0.5, 0.9, 0.99].map(
      (share): Row => ({
        subject: name,
        part: `wait p${share * 100}`,
        unit: 'ms',
        value: quantile(waits, share),
      }),
    ),
    { subject: name, part: 'CPU per loan', unit: 'ns', value: cpuNs },
  ];
}

async function call(subject: Subject, waits: number[]): Promise<void> {
  const askedAt = performance.now();
  const loan = await subject.acquire();
  waits.push(performance.now() - askedAt);
  await pause(BURST.holdMs);
  subject.release(loan);
}
