import { pipeline } from '@rockpool/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedBuffer } from '../src/buffer/bounded.js';
import { expectConserved, Gated, settled, start, textParser, word, words } from './support.js';

describe('a bounded buffer', () => {
  it.each(['block', 'drop-oldest', 'drop-newest', 'error'] as const)(
    'keeps what a model queue keeps: %s',
    (policy) => {
      const program = fc.array(
        fc.oneof(
          fc.record({
            do: fc.constant('offer' as const),
            sizeBytes: fc.integer({ min: 0, max: 12 }),
          }),
          fc.record({ do: fc.constant('shift' as const), sizeBytes: fc.constant(0) }),
        ),
        { maxLength: 200 },
      );
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 1, max: 20 }),
          program,
          (maxCapacity, maxBytes, steps) => {
            const dropped: number[] = [];
            const buffer = new BoundedBuffer<{ id: number; sizeBytes: number }>(
              { maxCapacity, maxBytes, overflowPolicy: policy },
              ({ id }) => dropped.push(id),
            );
            let model: { id: number; sizeBytes: number }[] = [];
            const modelDropped: number[] = [];
            const weight = () => model.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
            const fits = (size: number) =>
              model.length < maxCapacity && (model.length === 0 || weight() + size <= maxBytes);
            for (const [id, step] of steps.entries()) {
              if (step.do === 'shift') {
                expect(buffer.shift()?.id).toBe(model.shift()?.id);
                continue;
              }
              const item = { id, sizeBytes: step.sizeBytes };
              const full = !fits(step.sizeBytes);
              const offer = buffer.offer(item);
              if (!full) {
                expect(offer).toBe('taken');
                model.push(item);
              } else if (policy === 'block') expect(offer).toBe('full');
              else if (policy === 'drop-oldest') {
                while (!fits(step.sizeBytes)) modelDropped.push(model.shift()!.id);
                model.push(item);
                expect(offer).toBe('taken');
              } else {
                modelDropped.push(id);
                expect(offer).toBe(policy === 'error' ? 'overflowed' : 'dropped');
              }
              expect(buffer.size).toBe(model.length);
              expect(buffer.bytes).toBe(weight());
              expect(buffer.size).toBeLessThanOrEqual(maxCapacity);
              expect(buffer.size === 1 || buffer.bytes <= maxBytes).toBe(true);
            }
            expect(dropped).toEqual(modelDropped);
            model = model.slice();
            for (const { id } of model) expect(buffer.shift()?.id).toBe(id);
          },
        ),
      );
    },
  );
});

describe('the buffer of a pipeline', () => {
  const survivors = async (overflowPolicy: 'drop-oldest' | 'drop-newest') => {
    const gated = new Gated();
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], {
          concurrency: 1,
          buffer: { maxCapacity: 3, overflowPolicy },
        }),
      ),
    );
    await source.push(...words(10));
    expectConserved(runtime);
    await gated.succeedAll();
    source.end();
    await ran;
    expectConserved(runtime);
    return { handled: gated.ended, stats: runtime.stats().pipelines['words']! };
  };

  it('drop-oldest keeps the newest and counts exactly what it gave up', async () => {
    const { handled, stats } = await survivors('drop-oldest');
    expect(handled).toEqual(['w0', 'w7', 'w8', 'w9']);
    expect(stats).toMatchObject({ received: 10, processed: 4, dropped: 6 });
  });

  it('drop-newest keeps the oldest and counts exactly what it refused', async () => {
    const { handled, stats } = await survivors('drop-newest');
    expect(handled).toEqual(['w0', 'w1', 'w2', 'w3']);
    expect(stats).toMatchObject({ received: 10, processed: 4, dropped: 6 });
  });

  it('does not drop what free handlers could take at once', async () => {
    const seen: string[] = [];
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }], {
          buffer: { maxCapacity: 2, overflowPolicy: 'drop-oldest' },
        }),
      ),
    );
    await source.push(...words(1_000));
    source.end();
    await ran;
    expect(seen).toHaveLength(1_000);
    expect(runtime.stats().totals.dropped).toBe(0);
  });

  it('error puts the pipeline into state error; resume() goes on with what it kept', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], {
          concurrency: 1,
          buffer: { maxCapacity: 2, overflowPolicy: 'error' },
        }),
      ),
    );
    const errors: string[] = [];
    runtime.on('error', ({ code }) => errors.push(code));
    await source.push(...words(5));
    const words1 = runtime.pipelines.get('words')!;
    expect(words1.state).toBe('error');
    expect(errors).toEqual(['ERR_PIPELINE_OVERFLOW']);
    expect(words1.stats()).toMatchObject({ received: 5, dropped: 2, queueDepth: 2 });
    await gated.succeed();
    expect(gated.waiting).toEqual([]);
    words1.resume();
    await gated.succeedAll();
    expect(gated.ended).toEqual(['w0', 'w1', 'w2']);
    source.end();
    await ran;
    expectConserved(runtime);
  });

  it('tells of drops at once and then at most once a second, with exact counts', async () => {
    const gated = new Gated();
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], {
          concurrency: 1,
          buffer: { maxCapacity: 1, overflowPolicy: 'drop-newest' },
        }),
      ),
    );
    const told: number[] = [];
    runtime.on('overflow', ({ dropped }) => told.push(dropped));
    await source.push(...words(102));
    expect(told).toEqual([1]);
    await clock.advance(999);
    expect(told).toEqual([1]);
    await clock.advance(1);
    expect(told).toEqual([1, 99]);
    await source.push(word('late'));
    await clock.advance(1_000);
    expect(told).toEqual([1, 99, 1]);
    expect(runtime.stats().totals.dropped).toBe(101);
    await runtime.shutdown({ strategy: 'immediate' });
  });

  it('is bounded by bytes too', async () => {
    const gated = new Gated();
    const { runtime, source } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], {
          concurrency: 1,
          buffer: { maxBytes: 100, overflowPolicy: 'drop-newest' },
        }),
      ),
    );
    await source.push(...words(6, { sizeBytes: 40 }));
    expect(runtime.stats().pipelines['words']).toMatchObject({
      queueDepth: 2,
      queueBytes: 80,
      dropped: 3,
    });
    await runtime.shutdown({ strategy: 'immediate' });
  });
});

describe('back-pressure', () => {
  it('reaches the source: push() gives a promise until there is room again', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(textParser, [gated], { concurrency: 2, buffer: { maxCapacity: 3 } }),
        ),
      { input: { maxCapacity: 4 } },
    );
    // Two handled, three in the buffer, one in the router's hands, four in the input.
    expect(source.push(...words(10))).toBeUndefined();
    let more = false;
    const pushed = Promise.resolve(source.push(word('x'), word('y'))).then(() => {
      more = true;
    });
    await settled();
    expect(more).toBe(false);
    expect(runtime.stats().input).toMatchObject({ received: 10, queued: 5 });
    await gated.succeed();
    expect(more).toBe(false);
    await gated.succeed();
    await pushed;
    expect(runtime.stats().input.received).toBe(12);
    expect(runtime.stats().pipelines['words']!.queueDepth).toBe(3);
    await gated.succeedAll();
    source.end();
    await ran;
    expect(gated.ended).toEqual([...words(10).map(({ text }) => text), 'x', 'y']);
    expectConserved(runtime);
  });

  it('never holds more than its limits while a slow handler works off ten thousand updates', async () => {
    const limits = { maxCapacity: 16 };
    let most = 0;
    let handled = 0;
    const { runtime, source, ran } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(
            textParser,
            [
              {
                name: 'slow',
                handle: async () => {
                  const { input, totals } = runtime.stats();
                  most = Math.max(most, input.queued + totals.inFlight);
                  await settled();
                  handled++;
                },
              },
            ],
            { concurrency: 8, buffer: limits },
          ),
        ),
      { input: limits },
    );
    for (let at = 0; at < 10_000; at += 100) await source.push(...words(100));
    source.end();
    await ran;
    expect(handled).toBe(10_000);
    expect(most).toBeLessThanOrEqual(16 + 1 + 16 + 8);
  });

  it('drops at the input where it is told to, and ends the run where it is told to', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(textParser, [gated], { concurrency: 1, buffer: { maxCapacity: 1 } }),
        ),
      {
        input: { maxCapacity: 2, overflowPolicy: 'error' },
        shutdown: { strategy: 'finish-in-flight' },
      },
    );
    void source.push(...words(6));
    await gated.succeedAll();
    await expect(ran).rejects.toMatchObject({ code: 'ERR_PIPELINE_OVERFLOW', kind: 'system' });
    expect(runtime.stats().input).toMatchObject({ received: 6, dropped: 1 });
    expectConserved(runtime);
  });
});
