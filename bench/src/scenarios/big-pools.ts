import type { Subject } from '../subjects/index.js';
import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

/** The same loan in pools of growing size, all other resources idle, or all other resources on loan. */
export const bigPoolScenarios: readonly Scenario[] = [10, 1_000, 10_000].flatMap((size) =>
  (['idle', 'on loan'] as const).map((rest) =>
    paired({
      id: `big-${size}-${rest.replace(' ', '-')}`,
      title: `${size.toLocaleString('en')} resources, the rest ${rest}`,
      setup: { max: size, warm: size },
      peers: ['generic-pool', 'lightning-pool', 'tarn', 'sequelize-pool'],
      ...(size === 1_000 && rest === 'on loan' ? { quickPeers: ['generic-pool'] } : {}),
      plan: { rounds: 21 },
      ...(rest === 'on loan'
        ? { prepare: (subject: Subject) => lendAllButOne(subject, size) }
        : {}),
      sample: (subject, loops, units) => loops.cycle(subject, units),
    }),
  ),
);

async function lendAllButOne(subject: Subject, size: number): Promise<void> {
  await Promise.all(Array.from({ length: size - 1 }, () => subject.acquire()));
}
