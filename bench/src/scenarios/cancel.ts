import { paired } from './paired.js';
import type { Scenario } from './scenario.js';

/** One waiter in ten, picked at random, gives up; the others wait on. Only the calling off itself is measured. */
export const cancelScenarios: readonly Scenario[] = [1_000, 10_000, 100_000].flatMap((depth) =>
  (['one', 'each'] as const).map((signals) =>
    paired({
      id: `cancel-${depth}-${signals}`,
      title: `calling off a tenth of ${depth.toLocaleString('en')} waiters, ${
        signals === 'one' ? 'one signal for all of them' : 'a signal for each'
      }`,
      setup: { max: 1, warm: 1, acquireTimeoutMs: 600_000 },
      peers: signals === 'one' ? ['tarn'] : [],
      ...(depth === 10_000 && signals === 'one' ? { quickPeers: ['tarn'] } : {}),
      floor: false,
      plan: {
        units: depth / 10,
        rounds: depth > 10_000 ? 3 : 11,
        warmUpMs: depth > 10_000 ? 1 : 300,
        collect: true,
      },
      async sample(subject, _loops, units, lap) {
        const held = await subject.acquire();
        const group = subject.cancelGroup?.(signals);
        if (group === undefined) throw new Error('this pool cannot call a waiter off');
        const pickOne = randomTenth();
        const waiting: Promise<unknown>[] = [];
        for (let left = units * 10, cancels = units; left > 0; left--) {
          if (cancels > 0 && (pickOne() || cancels === left)) {
            waiting.push(group.acquire());
            cancels--;
          } else waiting.push(subject.acquire().then((loan) => subject.release(loan)));
        }
        const settled = Promise.allSettled(waiting);
        lap('-enqueue');
        group.cancel();
        lap('cancel');
        subject.release(held);
        await settled;
        lap('-rest');
      },
    }),
  ),
);

/** True one time in ten, the same way in every sample. */
function randomTenth(): () => boolean {
  let seed = 42;
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 16) % 10 === 0;
  };
}
