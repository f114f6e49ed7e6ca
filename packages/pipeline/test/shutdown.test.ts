import { ManualClock } from '@rockpool/core/testing';
import { pipeline, Runtime, type RuntimeOptions, updatesSource } from '@rockpool/pipeline';
import { afterEach, describe, expect, it } from 'vitest';
import {
  expectConserved,
  Gated,
  type Kinds,
  SILENT,
  settled,
  start,
  textParser,
  word,
  words,
} from './support.js';

async function busy(options: RuntimeOptions = {}) {
  const gated = new Gated();
  const started = await start(
    (builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], { concurrency: 2, buffer: { maxCapacity: 3 } }),
      ),
    { input: { maxCapacity: 4 }, ...options },
  );
  void started.source.push(...words(12));
  return { ...started, gated };
}

describe('a shutdown', () => {
  it('process-pending handles all that was received, and takes nothing more', async () => {
    const { runtime, source, ran, gated } = await busy();
    expect(runtime.stats().input.received).toBe(10);
    const ending = runtime.shutdown();
    expect(runtime.state).toBe('shutdown');
    void source.push(word('late'));
    await gated.succeedAll();
    await settled();
    await gated.succeedAll();
    await expect(ending).resolves.toMatchObject({
      strategy: 'process-pending',
      processed: 10,
      discarded: 0,
      abandoned: 0,
    });
    await expect(ran).resolves.toEqual({ type: 'cancelled' });
    expect(gated.ended).toEqual(words(10).map(({ text }) => text));
    expect(source.disposed).toBe(1);
    expectConserved(runtime);
  });

  it('finish-in-flight waits for what has begun, and discards the rest with a count', async () => {
    const { runtime, ran, gated } = await busy();
    const ending = runtime.shutdown({ strategy: 'finish-in-flight' });
    await settled();
    expect(gated.waiting).toEqual(['w0', 'w1']);
    await gated.succeedAll();
    await expect(ending).resolves.toMatchObject({ processed: 2, discarded: 8, abandoned: 0 });
    await ran;
    expectConserved(runtime);
  });

  it('finish-in-flight does not try again: what fails is abandoned', async () => {
    const { runtime, gated } = await busy();
    const ending = runtime.shutdown({ strategy: 'finish-in-flight' });
    await settled();
    await gated.fail('w0');
    await gated.succeed('w1');
    await expect(ending).resolves.toMatchObject({ processed: 1, abandoned: 1, discarded: 8 });
    expectConserved(runtime);
  });

  it('immediate waits for nothing, aborts the handlers, and ignores their late answers', async () => {
    const { runtime, ran, gated } = await busy();
    const report = await runtime.shutdown({ strategy: 'immediate' });
    expect(report).toMatchObject({ processed: 0, discarded: 8, abandoned: 2 });
    await ran;
    await gated.succeedAll();
    expect(runtime.stats().totals).toMatchObject({ processed: 0, abandoned: 2, inFlight: 0 });
    expectConserved(runtime);
  });

  it('does not hang on a handler that never answers: after its time the rest is abandoned', async () => {
    const { runtime, ran, clock } = await busy();
    let over = false;
    const ending = runtime.shutdown({ timeoutMs: 5_000 }).finally(() => {
      over = true;
    });
    await clock.advance(4_999);
    expect(over).toBe(false);
    await clock.advance(1);
    await expect(ending).resolves.toMatchObject({ abandoned: 2, discarded: 8, durationMs: 5_000 });
    await ran;
    expectConserved(runtime);
  });

  it('can be hastened, and never slowed down', async () => {
    const { runtime, gated } = await busy();
    const ending = runtime.shutdown();
    await settled();
    const hastened = runtime.shutdown({ strategy: 'finish-in-flight' });
    await gated.succeedAll();
    const slow = runtime.shutdown({ strategy: 'process-pending' });
    const reports = await Promise.all([ending, hastened, slow]);
    expect(reports[0]).toMatchObject({ strategy: 'finish-in-flight', processed: 2, discarded: 8 });
    expect(reports[1]).toBe(reports[0]);
    expect(reports[2]).toBe(reports[0]);
  });

  it('handles what is pending of a paused pipeline, and abandons what a broken one holds', async () => {
    const seen: string[] = [];
    const { runtime, source } = await start((builder) =>
      builder
        .pipeline(
          pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }], {
            id: 'paused',
          }),
        )
        .pipeline(
          pipeline(
            textParser,
            [
              {
                name: 'bad',
                handle: () => {
                  throw new Error('no');
                },
              },
            ],
            {
              id: 'broken',
              retry: { maxAttempts: 1, deadLetter: 'fail' },
            },
          ),
        ),
    );
    await runtime.pause('paused');
    await source.push(...words(3));
    const report = await runtime.shutdown();
    expect(seen).toEqual(['w0', 'w1', 'w2']);
    expect(report).toMatchObject({ processed: 3, discarded: 2, abandoned: 1 });
    expectConserved(runtime);
  });

  it('ends with the block that awaits its disposal', async () => {
    const { runtime, source } = await busy();
    const gone = (async () => {
      await using used = runtime;
      return used.name;
    })();
    await settled();
    expect(runtime.state).toBe('shutdown');
    expect(source.started!.signal.aborted).toBe(true);
    await runtime.shutdown({ strategy: 'immediate' });
    await gone;
  });

  it('tells listeners the report, once', async () => {
    const { runtime } = await busy();
    const reports: unknown[] = [];
    runtime.on('ended', (report) => reports.push(report));
    const report = await runtime.shutdown({ strategy: 'immediate' });
    await runtime.shutdown();
    expect(reports).toEqual([report]);
  });

  it('does not wait for ever for a source that does not hear', async () => {
    const clock = new ManualClock();
    const deaf = updatesSource<Kinds>([]);
    const runtime = await Runtime.builder<Kinds>()
      .source({ ...deaf, run: () => new Promise(() => undefined) })
      .pipeline(pipeline(textParser, []))
      .build({ clock, log: SILENT });
    const ran = runtime.run();
    await settled();
    const ending = runtime.shutdown();
    await clock.advance(999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await ending;
    await expect(ran).resolves.toEqual({ type: 'cancelled' });
    expect(clock.pending).toBe(0);
  });
});

describe('signals', () => {
  const before = process.listenerCount('SIGUSR2');
  afterEach(() => expect(process.listenerCount('SIGUSR2')).toBe(before));

  it('the first shuts down as configured, the second at once; afterwards nobody listens any more', async () => {
    const { runtime, ran } = await busy({ signals: ['SIGUSR2'] });
    process.emit('SIGUSR2');
    await settled();
    expect(runtime.state).toBe('shutdown');
    expect(runtime.stats().totals.inFlight).toBeGreaterThan(0);
    process.emit('SIGUSR2');
    await ran;
    expect(runtime.stats().totals).toMatchObject({ abandoned: 2, inFlight: 0 });
  });
});

describe('the end of the source', () => {
  it('completed: everything is handled, however long it takes', async () => {
    const { source, ran, gated, clock, runtime } = await busy();
    source.end();
    await clock.advance(600_000);
    expect(runtime.state).toBe('running');
    for (let round = 0; round < 12; round++) {
      await gated.succeedAll();
      await settled();
    }
    await expect(ran).resolves.toEqual({ type: 'completed' });
    expect(gated.ended).toHaveLength(12);
  });

  it.each([
    [{ type: 'stream-ended' } as const, /the other side ended the stream/],
    [{ type: 'stream-error', code: 14, message: 'away' } as const, /status 14: away/],
    [{ type: 'error', error: new Error('no network') } as const, /no network/],
  ])('%j: what was received is handled, then run() rejects', async (exit, message) => {
    const seen: string[] = [];
    const { source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }]),
      ),
    );
    await source.push(...words(3));
    source.end(exit);
    await expect(ran).rejects.toMatchObject({
      kind: 'connection',
      code: 'ERR_PIPELINE_CONNECTION',
    });
    await expect(ran).rejects.toThrowError(message);
    expect(seen).toHaveLength(3);
  });

  it('does not wait for a pipeline that is broken: it ends, and what is left is counted', async () => {
    const { source, ran, runtime } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'bad',
              handle: () => {
                throw new Error('no');
              },
            },
          ],
          {
            concurrency: 1,
            retry: { maxAttempts: 1, deadLetter: 'fail' },
          },
        ),
      ),
    );
    await source.push(...words(3, { position: 4n }));
    source.sink.complete(4n);
    source.end();
    await ran;
    expect(runtime.stats().totals).toMatchObject({ abandoned: 1, discarded: 2 });
    expect(runtime.stats().handledUpTo).toBe(3n);
    expectConserved(runtime);
  });

  it('an error of a pipeline ends the run where it is told to', async () => {
    const { source, ran, runtime } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(
            textParser,
            [
              {
                name: 'bad',
                handle: () => {
                  throw new Error('no');
                },
              },
            ],
            {
              retry: { maxAttempts: 1, deadLetter: 'fail' },
            },
          ),
        ),
      { onPipelineError: 'shutdown' },
    );
    await source.push(word('a'));
    await expect(ran).rejects.toMatchObject({ code: 'ERR_PIPELINE_HANDLER', pipeline: 'words' });
    expect(runtime.state).toBe('shutdown');
  });

  it('a run can be ended by a signal, and cannot be begun twice', async () => {
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    await expect(runtime.run()).rejects.toMatchObject({ code: 'ERR_PIPELINE_STATE' });
    source.end();
    await runtime.shutdown();
  });
});

describe('what hangs at the end', () => {
  const hanging = (more: { dispose(): Promise<void> | void }, name: string) => ({
    name,
    handle: () => undefined,
    ...more,
  });

  it('is left to itself when the time of the shutdown is over, and keeps nobody else from ending', async () => {
    let freed = 0;
    const { runtime, clock, ran, source } = await start((builder) =>
      builder
        .pipeline(
          pipeline(textParser, [
            hanging({ dispose: () => void freed++ }, 'first'),
            hanging({ dispose: () => new Promise(() => undefined) }, 'hangs'),
            hanging({ dispose: () => void freed++ }, 'last'),
          ]),
        )
        .use({ name: 'stuck', start: () => undefined, stop: () => new Promise(() => undefined) }),
    );
    const ending = runtime.shutdown({ timeoutMs: 5_000 });
    let over = false;
    void ending.then(() => {
      over = true;
    });
    await clock.advance(4_999);
    await settled();
    expect(over).toBe(false);
    expect(freed).toBe(0);
    await clock.advance(1);
    await settled();
    expect(freed).toBe(1);
    await clock.advance(1_000);
    const { errors } = await ending;
    expect(errors.map((error) => (error as Error).message)).toEqual([
      expect.stringContaining('extension stuck did not come to its end'),
      expect.stringContaining('dispose() of handler hangs of pipeline words did not'),
    ]);
    expect(freed).toBe(2);
    expect(source.disposed).toBe(1);
    expect(clock.pending).toBe(0);
    await expect(ran).resolves.toEqual({ type: 'cancelled' });
  });

  it('is left to itself a second after somebody has lost patience', async () => {
    const { runtime, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [hanging({ dispose: () => new Promise(() => undefined) }, 'hangs')]),
      ),
    );
    const ending = runtime.shutdown();
    await clock.advance(2_000);
    void runtime.shutdown({ strategy: 'immediate' });
    await settled();
    await expect(ending).resolves.toMatchObject({ durationMs: 2_000 });
  });
});
