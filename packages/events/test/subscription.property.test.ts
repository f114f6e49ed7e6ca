import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventBus, type Overflow, SubscriberLaggedError } from '../src/index.js';

type Step = { readonly kind: 'publish'; readonly key: number } | { readonly kind: 'read' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const), key: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'read' as const }) },
);

/** What a subscription has to do, told in the plainest way: an array that is searched and spliced. */
class Model {
  readonly size: number;
  readonly overflow: Overflow;
  readonly kept: { n: number; key: number }[] = [];
  lagged = 0;
  gap = 0;

  constructor(size: number, overflow: Overflow) {
    this.size = size;
    this.overflow = overflow;
  }

  publish(n: number, key: number): void {
    if (this.kept.length === this.size) {
      const same = this.kept.map((each) => each.key).lastIndexOf(key);
      this.kept.splice(this.overflow === 'coalesce' && same !== -1 ? same : 0, 1);
      this.lagged++;
      this.gap++;
    }
    this.kept.push({ n, key });
  }

  read(): { gap: number; n: number | undefined } {
    const { gap } = this;
    this.gap = 0;
    if (gap > 0 && this.overflow === 'error') return { gap, n: undefined };
    return { gap, n: this.kept.shift()?.n };
  }
}

describe('a subscription agrees with the naive model', () => {
  it.each(['skip-oldest', 'error', 'coalesce'] as const)(
    '%s: every event, every gap and every count',
    async (overflow) => {
      const run = fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 80 }),
        async (bufferSize, steps) => {
          const bus = new EventBus();
          const gaps: number[] = [];
          const subscription = bus.subscribe({
            types: ['metrics.gauge'],
            bufferSize,
            overflow,
            coalesceBy: (event) => event.metricName,
            onLagged: (skipped) => gaps.push(skipped),
          });
          const model = new Model(bufferSize, overflow);
          let published = 0;
          let read = 0;
          for (const each of steps) {
            if (each.kind === 'publish') {
              const n = published++;
              model.publish(n, each.key);
              bus.publish({
                eventType: 'metrics.gauge',
                metricName: String(each.key),
                metricValue: n,
                tags: {},
              });
            } else if (model.kept.length > 0) {
              const expected = model.read();
              gaps.length = 0;
              const got = await subscription.next().catch((error: unknown) => error);
              if (expected.n === undefined) {
                expect(got).toBeInstanceOf(SubscriberLaggedError);
                expect((got as SubscriberLaggedError).skipped).toBe(expected.gap);
              } else {
                read++;
                expect(got).toMatchObject({ done: false, value: { metricValue: expected.n } });
                expect(gaps).toEqual(expected.gap > 0 ? [expected.gap] : []);
              }
            }
            expect(subscription.buffered).toBe(model.kept.length);
            expect(subscription.lagged).toBe(model.lagged);
            expect(read + subscription.buffered + subscription.lagged).toBe(published);
          }
          expect(bus.stats().lagged).toBe(model.lagged);
          await bus.close();
        },
      );
      await fc.assert(run, { numRuns: 300 });
    },
  );
});
