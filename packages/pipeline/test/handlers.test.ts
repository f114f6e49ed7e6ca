import { type PipelineOptions, pipeline } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  expectConserved,
  Gated,
  settled,
  start,
  textParser,
  type Word,
  word,
  words,
} from './support.js';

const ONCE = { retry: { maxAttempts: 1 } } as const;

/** Three handlers that log; the second one fails for the text `bad`. */
async function logged(options: PipelineOptions<Word, string>, when?: (text: string) => boolean) {
  const log: string[] = [];
  const handler = (name: string) => ({
    name,
    ...(when === undefined || name !== 'b' ? {} : { when }),
    handle: (text: string) => {
      log.push(`${name} ${text}`);
      if (text === 'bad' && name === 'b') throw new Error('no');
    },
  });
  const started = await start((builder) =>
    builder.pipeline(pipeline(textParser, ['a', 'b', 'c'].map(handler), { ...ONCE, ...options })),
  );
  await started.source.push(word('good'), word('bad'));
  started.source.end();
  await started.ran;
  expectConserved(started.runtime);
  return { log, stats: started.runtime.stats().pipelines['words']! };
}

describe('the handlers of one value', () => {
  it('all run by default, whatever becomes of the others', async () => {
    const { log, stats } = await logged({});
    expect(log).toEqual(['a good', 'b good', 'c good', 'a bad', 'b bad', 'c bad']);
    expect(stats).toMatchObject({ processed: 1, deadLettered: 1, handlerErrors: 1 });
  });

  it('run at the same time in mode parallel, under one permit', async () => {
    const [one, two] = [new Gated('one'), new Gated('two')];
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [one, two], { concurrency: 1 })),
    );
    await source.push(...words(2));
    expect([one.waiting, two.waiting]).toEqual([['w0'], ['w0']]);
    expect(runtime.stats().pipelines['words']!.running).toBe(1);
    await one.succeed();
    expect(one.waiting).toEqual([]);
    await two.succeed();
    expect([one.waiting, two.waiting]).toEqual([['w1'], ['w1']]);
    await runtime.shutdown({ strategy: 'immediate' });
  });

  it('run one after the other in mode sequential, and stop at the first that fails', async () => {
    const { log, stats } = await logged({ mode: 'sequential' });
    expect(log).toEqual(['a good', 'b good', 'c good', 'a bad', 'b bad']);
    expect(stats).toMatchObject({ processed: 1, deadLettered: 1 });
  });

  it('go on after a failure with continueOnError; the value is dead-lettered all the same', async () => {
    const { log, stats } = await logged({ mode: 'sequential', continueOnError: true });
    expect(log.slice(3)).toEqual(['a bad', 'b bad', 'c bad']);
    expect(stats).toMatchObject({ processed: 1, deadLettered: 1 });
  });

  it('wait for the one before them in mode sequential, retries included', async () => {
    const [one, two] = [new Gated('one'), new Gated('two')];
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [one, two], { mode: 'sequential', retry: { jitter: 'none' } }),
      ),
    );
    await source.push(word('a'));
    await one.fail('a');
    expect(two.waiting).toEqual([]);
    await clock.advance(200);
    await one.succeed('a');
    expect(two.waiting).toEqual(['a']);
    await two.succeed();
    expect(runtime.stats().totals.processed).toBe(1);
    await runtime.shutdown();
  });

  it('are asked in mode conditional, and never called for what they do not want', async () => {
    const { log, stats } = await logged({ mode: 'conditional' }, (text) => text === 'good');
    expect(log).toEqual(['a good', 'b good', 'c good', 'a bad', 'c bad']);
    expect(stats).toMatchObject({ processed: 2, deadLettered: 0 });
  });

  it('fail when their condition throws', async () => {
    const { stats } = await logged({ mode: 'conditional' }, () => {
      throw new Error('what?');
    });
    expect(stats).toMatchObject({ processed: 0, deadLettered: 2, handlerErrors: 2 });
  });

  it('of which one is tried again: the others are not called twice', async () => {
    const calls: string[] = [];
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            { name: 'good', handle: (text) => void calls.push(`good ${text}`) },
            {
              name: 'moody',
              handle: (text, _update, { attempt }) => {
                calls.push(`moody ${text} ${attempt}`);
                if (attempt === 1) throw new Error('not now');
              },
            },
          ],
          { retry: { jitter: 'none' } },
        ),
      ),
    );
    await source.push(word('a'));
    await clock.advance(200);
    expect(calls).toEqual(['good a', 'moody a 1', 'moody a 2']);
    expect(runtime.stats().totals.processed).toBe(1);
    await runtime.shutdown();
  });

  it('may be none: values go to the outputs alone', async () => {
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    const output = runtime.output<string>('words');
    await source.push(...words(3));
    source.end();
    await ran;
    const seen: string[] = [];
    for await (const value of output) seen.push(value);
    expect(seen).toEqual(['w0', 'w1', 'w2']);
  });
});

describe('isolation', () => {
  it('a handler that never answers costs its own update when there is a deadline', async () => {
    const gated = new Gated();
    const signals: AbortSignal[] = [];
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'sleepy',
              handle: (text, _update, { signal }) => {
                signals.push(signal);
                return gated.handle(text);
              },
            },
          ],
          { concurrency: 1, handlerTimeoutMs: 1_000, retry: { maxAttempts: 1 } },
        ),
      ),
    );
    const errors: unknown[] = [];
    runtime.on('deadLetter', ({ error }) => errors.push(error));
    await source.push(...words(2));
    await clock.advance(999);
    expect(gated.waiting).toEqual(['w0']);
    await clock.advance(1);
    expect(gated.waiting).toEqual(['w0', 'w1']);
    expect(errors).toMatchObject([{ code: 'ERR_PIPELINE_TIMEOUT', timeoutMs: 1_000 }]);
    expect(signals[0]!.aborted).toBe(true);
    expect(signals[1]!.aborted).toBe(false);
    // The late answer changes nothing.
    await gated.succeed('w0');
    await gated.succeed('w1');
    expect(runtime.stats().totals).toMatchObject({ processed: 1, deadLettered: 1, inFlight: 0 });
    await runtime.shutdown();
    expectConserved(runtime);
  });

  it('a parser that throws, rejects or never answers costs its own update', async () => {
    const seen: string[] = [];
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(
          {
            id: 'words',
            kind: 'word' as const,
            parse: ({ text }: Word): string | Promise<string> => {
              if (text === 'throws') throw new Error('thrown');
              if (text === 'rejects') return Promise.reject(new Error('rejected'));
              if (text === 'hangs') return new Promise(() => undefined);
              return text;
            },
          },
          [{ name: 'see', handle: (text) => void seen.push(text) }],
          { parseTimeoutMs: 500 },
        ),
      ),
    );
    const codes: string[] = [];
    runtime.on('error', ({ code, kind }) => codes.push(`${kind} ${code}`));
    await source.push(...['a', 'throws', 'rejects', 'hangs', 'b'].map((text) => word(text)));
    await settled();
    expect(seen).toEqual(['a', 'b']);
    await clock.advance(500);
    expect(runtime.stats().totals).toMatchObject({ processed: 2, parseErrors: 3, inFlight: 0 });
    expect(codes).toEqual([
      'parsing ERR_PIPELINE_PARSE',
      'parsing ERR_PIPELINE_PARSE',
      'parsing ERR_PIPELINE_TIMEOUT',
    ]);
    await runtime.shutdown();
  });

  it('a frame that cannot be decoded costs nothing else', async () => {
    const seen: string[] = [];
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }]),
      ),
    );
    await source.push(word('a'), word('?', { kind: 'broken', position: 3n }), word('b'));
    source.sink.complete(3n);
    source.end();
    await ran;
    expect(seen).toEqual(['a', 'b']);
    expect(runtime.stats().input).toMatchObject({ received: 3, routed: 2, decodeErrors: 1 });
    expect(source.sink.handledUpTo()).toBe(3n);
    expectConserved(runtime);
  });

  it('a slow parser or handler of one pipeline does not hold up another', async () => {
    const gated = new Gated();
    const fast: string[] = [];
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { id: 'slow', concurrency: 1 })).pipeline(
        pipeline(textParser, [{ name: 'see', handle: (text) => void fast.push(text) }], {
          id: 'fast',
        }),
      ),
    );
    await source.push(...words(100));
    expect(fast).toHaveLength(100);
    expect(gated.begun).toHaveLength(1);
    await runtime.shutdown({ strategy: 'immediate' });
    expectConserved(runtime);
  });

  it('a hundred thousand bad frames are about a hundred lines of log: ten, then every thousandth', async () => {
    let lines = 0;
    const log = { level: 'warn' as const, log: () => void lines++, child: () => log };
    const error = new Error('bad');
    const parse = (): string => {
      throw error;
    };
    const { runtime, source, ran } = await start(
      (builder) => builder.pipeline(pipeline({ id: 'words', kind: 'word' as const, parse }, [])),
      { log },
    );
    const bad = words(1_000);
    for (let round = 0; round < 100; round++) await source.push(...bad);
    source.end();
    await ran;
    expect(runtime.stats().totals.parseErrors).toBe(100_000);
    expect(lines).toBe(10 + 100);
  });
});

describe('a circuit breaker', () => {
  it('leaves a handler alone after five failures, then lets one attempt through, and closes after two', async () => {
    let broken = true;
    const calls: string[] = [];
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'moody',
              handle: (text) => {
                calls.push(text);
                if (broken) throw new Error('down');
              },
            },
          ],
          { concurrency: 1, retry: { maxAttempts: 1 } },
        ),
      ),
    );
    const states: string[] = [];
    runtime.on('breaker', ({ to }) => states.push(to));
    await source.push(...words(20));
    expect(calls).toEqual(['w0', 'w1', 'w2', 'w3', 'w4']);
    expect(states).toEqual(['open']);
    expect(runtime.stats().totals).toMatchObject({ deadLettered: 5, inFlight: 15 });
    await clock.advance(29_999);
    expect(calls).toHaveLength(5);
    await clock.advance(1);
    expect(states).toEqual(['open', 'half-open', 'open']);
    expect(calls).toHaveLength(6);
    broken = false;
    await clock.advance(30_000);
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    expect(calls).toHaveLength(20);
    expect(runtime.stats().totals).toMatchObject({ processed: 14, deadLettered: 6, inFlight: 0 });
    await runtime.shutdown();
    expectConserved(runtime);
  });

  it('lets one attempt through at a time, however many wait', async () => {
    const gated = new Gated();
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], { concurrency: 5, retry: { maxAttempts: 1 } }),
      ),
    );
    await source.push(...words(5));
    for (let index = 0; index < 5; index++) await gated.fail(undefined);
    await source.push(...words(15));
    expect(gated.waiting).toEqual([]);
    await clock.advance(30_000);
    expect(gated.waiting).toHaveLength(1);
    await gated.succeed();
    expect(gated.waiting).toHaveLength(1);
    await gated.succeed();
    expect(gated.waiting).toHaveLength(5);
    await gated.succeedAll();
    expect(runtime.stats().totals).toMatchObject({ processed: 15, deadLettered: 5 });
    await runtime.shutdown();
  });

  it('sends values to the dead letters where it is told to', async () => {
    const { runtime, source } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'down',
              handle: () => {
                throw new Error('down');
              },
            },
          ],
          {
            concurrency: 1,
            retry: { maxAttempts: 1 },
            breaker: { failureThreshold: 2, whenOpen: 'dead-letter' },
          },
        ),
      ),
    );
    const attempts: number[] = [];
    runtime.on('deadLetter', (letter) => attempts.push(letter.attempts));
    await source.push(...words(5));
    expect(attempts).toEqual([1, 1, 0, 0, 0]);
    expect(runtime.stats().totals.deadLettered).toBe(5);
    await runtime.shutdown();
  });

  it('closes again after single failures between successes', async () => {
    let call = 0;
    const { runtime, source } = await start((builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'every-other',
              handle: () => {
                if (call++ % 2 === 0) throw new Error('odd');
              },
            },
          ],
          { retry: { maxAttempts: 1 } },
        ),
      ),
    );
    await source.push(...words(50));
    expect(runtime.stats().totals).toMatchObject({ processed: 25, deadLettered: 25 });
    expect(runtime.stats().pipelines['words']!.handlers[0]!.breaker).toBe('closed');
    await runtime.shutdown();
  });
});
