import {
  type BatchOptions,
  type BatchResult,
  type PipelineOptions,
  pipeline,
} from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import { expectConserved, settled, start, textParser, type Word, word, words } from './support.js';

/** A batch handler whose answers the test gives by hand. */
class Batches {
  readonly name = 'batches';
  readonly calls: string[][] = [];
  readonly attempts: number[] = [];
  readonly batch: BatchOptions;
  readonly #open: {
    resolve: (result: BatchResult | undefined) => void;
    reject: (error: unknown) => void;
  }[] = [];

  constructor(batch: BatchOptions) {
    this.batch = batch;
  }

  handleBatch = (items: readonly { value: string }[], { attempt }: { attempt: number }) => {
    this.calls.push(items.map(({ value }) => value));
    this.attempts.push(attempt);
    return new Promise<BatchResult | undefined>((resolve, reject) =>
      this.#open.push({ resolve, reject }),
    ) as Promise<BatchResult>;
  };

  get open(): number {
    return this.#open.length;
  }

  async answer(...failed: readonly number[]): Promise<void> {
    this.#open
      .shift()!
      .resolve({ failed: failed.map((index) => ({ index, error: new Error('no') })) });
    await settled();
  }

  async reject(): Promise<void> {
    this.#open.shift()!.reject(new Error('all of it'));
    await settled();
  }
}

async function batching(batch: BatchOptions, options: PipelineOptions<Word, string> = {}) {
  const batches = new Batches(batch);
  const started = await start((builder) =>
    builder.pipeline(
      pipeline(textParser, [batches], {
        retry: { jitter: 'none', initialBackoffMs: 100 },
        ...options,
      }),
    ),
  );
  return { ...started, batches };
}

describe('a batch', () => {
  it('is handed over when it is full', async () => {
    const { batches, source, runtime } = await batching({ size: 3, maxInFlight: 9 });
    await source.push(...words(7));
    expect(batches.calls).toEqual([
      ['w0', 'w1', 'w2'],
      ['w3', 'w4', 'w5'],
    ]);
    await runtime.shutdown({ strategy: 'immediate' });
    expectConserved(runtime);
  });

  it('is handed over when its first item has waited for 50 ms, to the millisecond', async () => {
    const { batches, source, runtime, clock } = await batching({ size: 3 });
    await source.push(word('a'));
    await clock.advance(30);
    await source.push(word('b'));
    await clock.advance(19);
    expect(batches.calls).toEqual([]);
    await clock.advance(1);
    expect(batches.calls).toEqual([['a', 'b']]);
    await batches.answer();
    // A full batch does not leave a timer behind that cuts the next one short.
    await source.push(word('c'));
    await clock.advance(10);
    await source.push(word('d'), word('e'), word('f'));
    expect(batches.calls[1]).toEqual(['c', 'd', 'e']);
    await batches.answer();
    await clock.advance(49);
    expect(batches.calls).toHaveLength(2);
    await clock.advance(1);
    expect(batches.calls[2]).toEqual(['f']);
    await batches.answer();
    await runtime.shutdown();
    expect(runtime.stats().totals.processed).toBe(6);
  });

  it('is handed over when it is heavy enough, and an item that is too heavy goes alone', async () => {
    const { batches, source, runtime } = await batching({ size: 9, maxBytes: 100, maxInFlight: 9 });
    await source.push(...['a', 'b', 'c'].map((text) => word(text, { sizeBytes: 40 })));
    await source.push(word('huge', { sizeBytes: 500 }));
    expect(batches.calls).toEqual([['a', 'b'], ['c'], ['huge']]);
    await runtime.shutdown({ strategy: 'immediate' });
  });

  it('with lingerMs 0 does not wait', async () => {
    const { batches, source, runtime } = await batching({ size: 9, lingerMs: 0, maxInFlight: 9 });
    await source.push(word('a'));
    expect(batches.calls).toEqual([['a']]);
    await runtime.shutdown({ strategy: 'immediate' });
  });

  it('waits while as many as may be are in flight', async () => {
    const { batches, source, runtime } = await batching({ size: 2, maxInFlight: 1 });
    await source.push(...words(6));
    expect(batches.calls).toEqual([['w0', 'w1']]);
    await batches.answer();
    expect(batches.calls[1]).toEqual(['w2', 'w3']);
    await batches.answer();
    await batches.answer();
    expect(runtime.stats().totals).toMatchObject({ processed: 6, inFlight: 0 });
    await runtime.shutdown();
  });

  it('of which some failed: only these are tried again, and the next batch waits for them', async () => {
    const { batches, source, runtime, clock } = await batching({ size: 3 });
    await source.push(...words(6));
    await batches.answer(1, 2);
    expect(runtime.stats().totals.processed).toBe(1);
    expect(batches.calls).toHaveLength(1);
    await clock.advance(100);
    expect(batches.calls[1]).toEqual(['w1', 'w2']);
    await batches.answer(0);
    await clock.advance(200);
    expect(batches.calls[2]).toEqual(['w1']);
    expect(batches.attempts).toEqual([1, 2, 3]);
    await batches.answer(0);
    expect(runtime.stats().totals).toMatchObject({ processed: 2, deadLettered: 1 });
    expect(batches.calls[3]).toEqual(['w3', 'w4', 'w5']);
    await batches.answer();
    await runtime.shutdown();
    expectConserved(runtime);
  });

  it('that throws failed altogether; one that names an item it has not been given too', async () => {
    const { batches, source, runtime, clock } = await batching({ size: 2 });
    await source.push(...words(2));
    await batches.reject();
    await clock.advance(100);
    expect(batches.calls[1]).toEqual(['w0', 'w1']);
    await batches.answer(7);
    expect(runtime.stats().totals).toMatchObject({ deadLettered: 2, processed: 0 });
    await runtime.shutdown();
  });

  it('does not hold up its key, and keeps the order', async () => {
    const { batches, source, runtime } = await batching({ size: 3 }, { key: ({ key }) => key });
    await source.push(word('a:1'), word('a:2'), word('b:1'), word('a:3'), word('a:4'), word('a:5'));
    expect(batches.calls).toEqual([['a:1', 'a:2', 'b:1']]);
    await batches.answer();
    expect(batches.calls[1]).toEqual(['a:3', 'a:4', 'a:5']);
    await batches.answer();
    await runtime.shutdown();
    expectConserved(runtime);
  });

  it('is handed over on pause, and pause() waits for the answer', async () => {
    const { batches, source, runtime } = await batching({ size: 9 });
    await source.push(...words(2));
    let paused = false;
    const pausing = runtime.pause('words').then(() => {
      paused = true;
    });
    await settled();
    expect(batches.calls).toEqual([['w0', 'w1']]);
    expect(paused).toBe(false);
    await batches.answer();
    await pausing;
    await runtime.shutdown();
  });

  it('is handed over on shutdown, and the rest of what is pending after it', async () => {
    const { batches, source, runtime, ran } = await batching({ size: 4 });
    await source.push(...words(6));
    const ending = runtime.shutdown();
    await settled();
    await batches.answer();
    expect(batches.calls).toEqual([
      ['w0', 'w1', 'w2', 'w3'],
      ['w4', 'w5'],
    ]);
    await batches.answer();
    await expect(ending).resolves.toMatchObject({ processed: 6, abandoned: 0, discarded: 0 });
    await ran;
    expectConserved(runtime);
  });

  it('is handed over as soon as the source has nothing more', async () => {
    const { batches, source, ran, runtime } = await batching({ size: 9, lingerMs: 60_000 });
    await source.push(...words(2));
    source.end();
    await settled();
    expect(batches.calls).toEqual([['w0', 'w1']]);
    await batches.answer();
    await ran;
    expect(runtime.stats().totals.processed).toBe(2);
  });

  it('that answers at once can be one of a hundred thousand', async () => {
    let handled = 0;
    const { source, ran, runtime } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'one',
              batch: { size: 1 },
              handleBatch: (items) => {
                handled += items.length;
              },
            },
          ],
          { lookahead: 100_000, buffer: { maxCapacity: 100_000 } },
        ),
      ),
    );
    await runtime.pause('words');
    void source.push(...words(100_000));
    runtime.resume('words');
    await settled();
    source.end();
    await ran;
    expect(handled).toBe(100_000);
  });
});
