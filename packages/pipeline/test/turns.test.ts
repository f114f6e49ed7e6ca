import { type Frame, pipeline, Runtime, type Source, type Update } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import { SILENT } from './support.js';

interface Numbered extends Update {
  readonly kind: 'number';
  readonly value: number;
}

const BYTES = new Uint8Array(8);

/** Pushes `count` numbers, so many at once, and waits only when it is told to. */
function numbers(count: number, atOnce: number): Source<{ number: Numbered }> {
  return {
    name: 'numbers',
    async run({ sink }) {
      for (let first = 0; first < count; first += atOnce) {
        const frames = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => ({
          kind: 'number',
          bytes: BYTES,
          value: first + index,
        }));
        const full = sink.push(frames);
        if (full !== undefined) await full;
      }
      return { type: 'completed' };
    },
    decode(frame, { receivedAtMs }) {
      const { value } = frame as Frame & { value: number };
      return [{ kind: 'number', sizeBytes: 8, receivedAtMs, value }];
    },
  };
}

const parser = { id: 'numbers', kind: 'number' as const, parse: ({ value }: Numbered) => value };

/** Counts how often a timer of 1 ms fires while `during` runs. */
async function firesDuring(during: Promise<unknown>): Promise<number> {
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  await during;
  clearInterval(timer);
  return fired;
}

describe('the event loop', () => {
  it.each([
    ['synchronous', (seen: number[]) => (value: number) => void seen.push(value)],
    [
      'asynchronous',
      (seen: number[]) => async (value: number) => {
        seen.push(value);
      },
    ],
  ] as const)(
    'has its turn while a million updates are worked off by a %s handler',
    async (_, handlerOf) => {
      const seen: number[] = [];
      const runtime = await Runtime.builder<{ number: Numbered }>()
        .source(numbers(1_000_000, 100))
        .logger(SILENT)
        .pipeline(pipeline(parser, [{ name: 'see', handle: handlerOf(seen) }], { concurrency: 8 }))
        .build();
      const fired = await firesDuring(runtime.run());
      expect(fired).toBeGreaterThanOrEqual(5);
      expect(seen).toHaveLength(1_000_000);
      expect(seen.every((value, index) => value === index)).toBe(true);
    },
    120_000,
  );

  it('has its turn every some ms when each update takes one', async () => {
    let handled = 0;
    const busyForOneMs = (): void => {
      const until = performance.now() + 1;
      while (performance.now() < until);
      handled++;
    };
    const runtime = await Runtime.builder<{ number: Numbered }>()
      .source(numbers(600, 600))
      .logger(SILENT)
      .pipeline(pipeline(parser, [{ name: 'work', handle: busyForOneMs }]))
      .build();
    const handledBetween: number[] = [];
    let before = 0;
    const timer = setInterval(() => {
      handledBetween.push(handled - before);
      before = handled;
    }, 1);
    await runtime.run();
    clearInterval(timer);
    expect(handled).toBe(600);
    // The first look at the clock comes after the first update, and each slice is 10 ms.
    expect(Math.max(...handledBetween)).toBeLessThanOrEqual(20);
  });

  it.each(['drop-oldest', 'drop-newest'] as const)(
    'has its turn only where nothing is lost by it: %s',
    async (overflowPolicy) => {
      let handled = 0;
      const buffer = { maxCapacity: 100, overflowPolicy };
      const runtime = await Runtime.builder<{ number: Numbered }>()
        .source(numbers(200_000, 200_000))
        .logger(SILENT)
        .pipeline(pipeline(parser, [{ name: 'count', handle: () => void handled++ }], { buffer }))
        .build({ input: buffer });
      await runtime.run();
      expect(runtime.stats().input.dropped).toBe(0);
      expect(runtime.stats().totals).toMatchObject({ dropped: 0, processed: 200_000 });
      expect(handled).toBe(200_000);
    },
  );
});
