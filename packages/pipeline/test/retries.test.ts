import { type DeadLetter, pipeline, type RetryOptions } from '@rockpool/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../src/stage/backoff.js';
import { expectConserved, Gated, settled, start, textParser, word, words } from './support.js';

const full = { retryIf: undefined, deadLetter: 'log', maxAttempts: 9 } as const;

describe('the wait before another attempt', () => {
  it('doubles from 200 ms to 5 s, by default a random share of it', () => {
    const plan = { ...full, initialBackoffMs: 200, multiplier: 2, maxBackoffMs: 5_000 };
    const waits = (jitter: 'none' | 'full', random: number) =>
      [1, 2, 3, 4, 5, 6, 7].map((failures) => backoffMs({ ...plan, jitter }, failures, 0, random));
    expect(waits('none', 0.3)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(waits('full', 1)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(waits('full', 0.5)).toEqual([100, 200, 400, 800, 1_600, 2_500, 2_500]);
    expect(waits('full', 0)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('is never outside its bounds, whatever the jitter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('none' as const, 'full' as const, 'decorrelated' as const),
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: 1_000, max: 60_000 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (jitter, initialBackoffMs, maxBackoffMs, failures, previous, random) => {
          const plan = { ...full, jitter, initialBackoffMs, maxBackoffMs, multiplier: 2 };
          const wait = backoffMs(plan, failures, previous, random);
          expect(wait).toBeLessThanOrEqual(maxBackoffMs);
          expect(wait).toBeGreaterThanOrEqual(jitter === 'decorrelated' ? initialBackoffMs : 0);
          if (jitter === 'decorrelated') {
            expect(wait).toBeLessThanOrEqual(
              Math.max(initialBackoffMs, 3 * Math.max(previous, initialBackoffMs)),
            );
          }
        },
      ),
    );
  });
});

async function failing(retry: RetryOptions, outcomes: readonly (Error | 'ok')[]) {
  const times: number[] = [];
  let call = 0;
  const started = await start((builder) =>
    builder.pipeline(
      pipeline(
        textParser,
        [
          {
            name: 'moody',
            handle: (_text, _update, { attempt }) => {
              expect(attempt).toBe(call + 1);
              times.push(started.clock.now());
              const outcome = outcomes[Math.min(call++, outcomes.length - 1)];
              if (outcome !== 'ok') throw outcome as Error;
            },
          },
        ],
        { retry, breaker: false },
      ),
    ),
  );
  const begunAt = started.clock.now();
  await started.source.push(word('a'));
  await started.clock.advance(60_000);
  return { ...started, times: times.map((at) => at - begunAt) };
}

describe('a handler that fails', () => {
  it('is tried three times by default, at 0, 200 and 600 ms', async () => {
    const { times, runtime } = await failing({}, [new Error('no')]);
    expect(times).toEqual([0, 200, 600]);
    expect(runtime.stats().totals).toMatchObject({ deadLettered: 1, inFlight: 0 });
    expect(runtime.stats().pipelines['words']).toMatchObject({ handlerErrors: 3, retries: 2 });
    expectConserved(runtime);
    await runtime.shutdown();
  });

  it('counts as processed when a later attempt succeeds', async () => {
    const { times, runtime } = await failing({ initialBackoffMs: 10 }, [new Error('no'), 'ok']);
    expect(times).toEqual([0, 10]);
    expect(runtime.stats().totals).toMatchObject({ processed: 1, deadLettered: 0 });
    await runtime.shutdown();
  });

  it('is not tried again when retryIf says so', async () => {
    const { times, runtime } = await failing(
      { retryIf: (error) => (error as Error).message !== 'bad data' },
      [new Error('bad data')],
    );
    expect(times).toEqual([0]);
    expect(runtime.stats().totals.deadLettered).toBe(1);
    await runtime.shutdown();
  });

  it('that rejects is the same as one that throws, and tells listeners of each retry', async () => {
    const gated = new Gated();
    const started = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { retry: { jitter: 'none' } })),
    );
    const told: unknown[] = [];
    started.runtime.on('retry', ({ attempt, waitMs, handler }) =>
      told.push([handler, attempt, waitMs]),
    );
    await started.source.push(word('a'));
    await gated.fail('a');
    await started.clock.advance(200);
    await gated.fail('a');
    await started.clock.advance(400);
    await gated.succeed('a');
    expect(told).toEqual([
      ['gated', 1, 200],
      ['gated', 2, 400],
    ]);
    expect(started.runtime.stats().totals.processed).toBe(1);
    await started.runtime.shutdown();
  });
});

describe('dead letters', () => {
  const letterOf = async (sink: (letter: DeadLetter) => void | Promise<void>) => {
    const gated = new Gated();
    const started = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], { retry: { maxAttempts: 1, deadLetter: { write: sink } } }),
      ),
    );
    await started.source.push(word('a', { position: 7n }));
    started.source.sink.complete(7n);
    await gated.fail('a', new Error('broken'));
    return started;
  };

  it('go to the sink with everything that is needed to try again by hand', async () => {
    const letters: DeadLetter[] = [];
    const { runtime, source } = await letterOf((letter) => void letters.push(letter));
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({
      pipeline: 'words',
      handler: 'gated',
      attempts: 1,
      value: 'a',
    });
    expect((letters[0]!.error as Error).message).toBe('broken');
    expect(new TextDecoder().decode(letters[0]!.bytes)).toBe('a');
    expect(source.sink.handledUpTo()).toBe(7n);
    expect(runtime.stats().totals.deadLettered).toBe(1);
    await runtime.shutdown();
  });

  it('are in flight until an asynchronous sink has kept them', async () => {
    let keep = (): void => undefined;
    const { runtime, source } = await letterOf(
      () =>
        new Promise<void>((resolve) => {
          keep = resolve;
        }),
    );
    expect(runtime.stats().totals).toMatchObject({ deadLettered: 0, inFlight: 1 });
    expect(source.sink.handledUpTo()).toBe(6n);
    keep();
    await settled();
    expect(runtime.stats().totals).toMatchObject({ deadLettered: 1, inFlight: 0 });
    expect(source.sink.handledUpTo()).toBe(7n);
    await runtime.shutdown();
  });

  it('that cannot be kept leave their update unhandled, and say so', async () => {
    const { runtime, source } = await letterOf(() => {
      throw new Error('disk full');
    });
    expect(runtime.stats().totals).toMatchObject({ deadLettered: 0, abandoned: 1, inFlight: 0 });
    expect(source.sink.handledUpTo()).toBe(6n);
    expectConserved(runtime);
    await runtime.shutdown();
  });

  it('with policy fail stop the pipeline, which keeps the value and tries it again when resumed', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], {
          concurrency: 1,
          retry: { maxAttempts: 1, deadLetter: 'fail' },
        }),
      ),
    );
    await source.push(...words(2));
    await gated.fail('w0');
    expect(runtime.pipelines.get('words')!.state).toBe('error');
    expect(gated.waiting).toEqual([]);
    expect(runtime.stats().totals).toMatchObject({ inFlight: 2, deadLettered: 0 });
    runtime.resume('words');
    expect(gated.waiting).toEqual(['w0']);
    await gated.succeedAll();
    source.end();
    await ran;
    expect(runtime.stats().totals).toMatchObject({ processed: 2 });
    expectConserved(runtime);
  });
});
