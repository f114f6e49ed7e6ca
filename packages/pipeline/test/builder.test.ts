import { ManualClock } from '@rockpool/core/testing';
import {
  BuilderError,
  type PipelineDefinition,
  pipeline,
  Runtime,
  RuntimeBuilder,
  RuntimeError,
  updatesSource,
} from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import { HandSource, type Kinds, SILENT, start, textParser, type Word, words } from './support.js';

class WordBuilder extends RuntimeBuilder<Kinds> {
  word(definition: PipelineDefinition<'word'>): this {
    return this.pipeline(definition);
  }

  count(definition: PipelineDefinition<'count'>): this {
    return this.pipeline(definition);
  }
}

describe('a builder', () => {
  it('tells all that is wrong at once, with the path of each option', async () => {
    const broken = pipeline(
      textParser,
      [
        { name: 'a', handle: () => undefined, when: () => true },
        { name: 'a', handle: () => undefined },
        { name: 'b', handleBatch: () => undefined, batch: { maxInFlight: 2 } },
      ],
      { retry: { maxAttempts: 0 }, concurency: 3, ordering: 'strict' } as never,
    );
    const other = pipeline(textParser, [{ name: 'x' } as never], {
      id: 'other',
      ordering: 'by-key',
    });
    const error = await new WordBuilder()
      .word(broken)
      .word(pipeline(textParser, []))
      .word(other)
      .build({ shutdown: { strategy: 'never' as never } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BuilderError);
    expect(RuntimeError.is(error, 'ERR_PIPELINE_OPTIONS')).toBe(true);
    const { problems } = error as BuilderError;
    const paths = problems.map(({ path }) => path);
    expect(paths).toEqual([
      'words',
      'source',
      'shutdown.strategy',
      'words.retry.maxAttempts',
      'words.concurency',
      'other.key',
    ]);
    expect(problems[4]!.message).toContain('did you mean concurrency?');
  });

  it('refuses handlers that cannot work as they are described', async () => {
    const build = (definition: PipelineDefinition<'word'>) =>
      new WordBuilder()
        .source(new HandSource())
        .word(definition)
        .build()
        .then(
          () => [],
          (error: BuilderError) => error.problems.map(({ path }) => path),
        );
    const handle = (): void => undefined;
    await expect(
      build(pipeline(textParser, [{ name: 'a', handle, when: () => true }])),
    ).resolves.toEqual(['words.handlers.a']);
    await expect(
      build(
        pipeline(textParser, [
          { name: 'a', handle },
          { name: 'a', handle },
        ]),
      ),
    ).resolves.toEqual(['words.handlers.a']);
    await expect(build(pipeline(textParser, [{ name: 'a' } as never]))).resolves.toEqual([
      'words.handlers.a',
    ]);
    const batch = { name: 'b', handleBatch: handle, batch: { maxInFlight: 2 } };
    await expect(build(pipeline(textParser, [batch], { ordering: 'strict' }))).resolves.toEqual([
      'words.handlers.b.batch.maxInFlight',
    ]);
    await expect(
      build(
        pipeline(
          textParser,
          [
            { ...batch, batch: {} },
            { name: 'a', handle },
          ],
          {
            ordering: 'strict',
            mode: 'sequential',
          },
        ),
      ),
    ).resolves.toEqual(['words.handlers.b']);
    await expect(
      build(pipeline(textParser, [{ ...batch, batch: { sise: 2 } as never }])),
    ).resolves.toEqual(['words.sise']);
  });

  it('refuses two pipelines of one id, whatever their kinds', async () => {
    const counts = pipeline({ id: 'words', kind: 'count' as const, parse: () => 1 }, []);
    await expect(
      new WordBuilder()
        .source(new HandSource())
        .word(pipeline(textParser, []))
        .count(counts)
        .build(),
    ).rejects.toThrowError(/words: there are two pipelines of this id/);
  });

  it('takes each kind of pipeline by the verb of its kind; another does not compile', () => {
    const builder = new WordBuilder();
    const definition = pipeline(textParser, []);
    builder.word(definition);
    // @ts-expect-error a pipeline of words is no pipeline of counts
    builder.count(definition);
    // @ts-expect-error there is no such kind
    builder.pipeline(pipeline({ id: 'x', kind: 'rumour' as const, parse: () => 1 }, []));
    // @ts-expect-error handlers get what the parser makes
    pipeline(textParser, [{ name: 'x', handle: (value: number) => void value }]);
    expect(builder).toBeInstanceOf(RuntimeBuilder);
  });

  it('gives pipelines that say nothing else the buffer it was told, field by field', async () => {
    const runtime = await Runtime.builder<Kinds>()
      .source(new HandSource())
      .bufferConfig({ maxCapacity: 7 })
      .bufferConfig({ maxBytes: 70 })
      .pipeline(pipeline(textParser, []))
      .pipeline(pipeline(textParser, [], { id: 'own', buffer: { maxCapacity: 3 } }))
      .build({ log: SILENT });
    const { pipelines } = runtime.stats();
    expect(pipelines['words']!.queueCapacity).toBe(7);
    expect(pipelines['own']!.queueCapacity).toBe(3);
    await runtime.shutdown();
  });

  it('has the defaults of the seed', async () => {
    const runtime = await Runtime.builder<Kinds>()
      .source(new HandSource())
      .pipeline(pipeline(textParser, []))
      .build({ log: SILENT });
    expect(runtime.stats().pipelines['words']!.queueCapacity).toBe(10_000);
    expect(runtime.stats().input.capacity).toBe(10_000);
    await runtime.shutdown();
  });

  it('makes everything ready in order, and frees it in reverse', async () => {
    const log: string[] = [];
    const member = (name: string) => ({
      init: () => void log.push(`init ${name}`),
      dispose: () => void log.push(`dispose ${name}`),
    });
    const { runtime } = await start((builder) =>
      builder.pipeline(
        pipeline({ ...textParser, ...member('parser') }, [
          { name: 'a', handle: () => undefined, ...member('a') },
          { name: 'b', handle: () => undefined, ...member('b') },
        ]),
      ),
    );
    await runtime.shutdown();
    expect(log).toEqual([
      'init parser',
      'init a',
      'init b',
      'dispose b',
      'dispose a',
      'dispose parser',
    ]);
  });

  it('leaves nothing behind when a handler cannot be made ready', async () => {
    const log: string[] = [];
    const source = new HandSource();
    let signal: AbortSignal | undefined;
    const built = Runtime.builder<Kinds>()
      .source(source)
      .pipeline(
        pipeline({ ...textParser, dispose: () => void log.push('parser') }, [
          { name: 'a', handle: () => undefined, dispose: () => void log.push('a') },
          {
            name: 'b',
            handle: () => undefined,
            init: (context) => {
              ({ signal } = context);
              throw new Error('no database');
            },
            dispose: () => void log.push('b'),
          },
          { name: 'c', handle: () => undefined, dispose: () => void log.push('c') },
        ]),
      )
      .build({ log: SILENT });
    await expect(built).rejects.toMatchObject({
      code: 'ERR_PIPELINE_INIT',
      message: 'handler b of pipeline words could not be made ready: no database',
    });
    expect(log).toEqual(['a', 'parser']);
    expect(source.disposed).toBe(1);
    expect(signal!.aborted).toBe(true);
  });

  it('does not hang when building fails and a dispose() never ends: the error tells both', async () => {
    const clock = new ManualClock();
    const source = new HandSource();
    const built = Runtime.builder<Kinds>()
      .source(source)
      .pipeline(
        pipeline({ ...textParser, dispose: () => Promise.reject(new Error('still busy')) }, [
          { name: 'a', handle: () => undefined, dispose: () => new Promise(() => undefined) },
          {
            name: 'b',
            handle: () => undefined,
            init: () => {
              throw new Error('no database');
            },
          },
        ]),
      )
      .build({ log: SILENT, clock, shutdown: { timeoutMs: 5_000 } })
      .then(
        () => 'built',
        (error: unknown) => error,
      );
    let over = false;
    void built.then(() => {
      over = true;
    });
    await clock.advance(4_999);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
    const error = await built;
    expect(error).toMatchObject({
      code: 'ERR_PIPELINE_INIT',
      pipeline: 'words',
      message:
        'handler b of pipeline words could not be made ready: no database; ' +
        'then dispose() of handler a of pipeline words did not come to its end within the time of the shutdown: ' +
        'it is left to itself; then still busy',
      cause: { errors: [{ code: 'ERR_PIPELINE_INIT' }, { code: 'ERR_PIPELINE_SYSTEM' }, {}] },
    });
    expect(source.disposed).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('starts extensions before the source and stops them after the pipelines', async () => {
    const log: string[] = [];
    const { runtime, source } = await start((builder) =>
      builder
        .pipeline(pipeline({ ...textParser, dispose: () => void log.push('disposed') }, []))
        .use({
          name: 'one',
          start: () => void log.push('start one'),
          stop: () => void log.push('stop one'),
        })
        .use({
          name: 'two',
          start: () => void log.push('start two'),
          stop: () => {
            throw new Error('stuck');
          },
        }),
    );
    expect(log).toEqual(['start one', 'start two']);
    expect(source.started).toBeDefined();
    const report = await runtime.shutdown();
    expect(log).toEqual(['start one', 'start two', 'stop one', 'disposed']);
    expect(report.errors).toMatchObject([{ message: 'stuck' }]);
  });

  it('ends the run when an extension cannot be started', async () => {
    const { runtime, ran, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])).use({
        name: 'metrics',
        start: () => {
          throw new Error('port taken');
        },
        stop: () => undefined,
      }),
    );
    await expect(ran).rejects.toMatchObject({ code: 'ERR_PIPELINE_INIT' });
    expect(source.started).toBeUndefined();
    expect(runtime.state).toBe('shutdown');
  });

  it('leaves no timer and no handle behind after a shutdown', async () => {
    const before = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const runtime = await Runtime.builder<Kinds>()
      .source(updatesSource<Kinds>([{ kind: 'word', text: 'a', key: 'a' }]))
      .pipeline(
        pipeline(textParser, [{ name: 'b', handleBatch: () => undefined }], {
          handlerTimeoutMs: 60_000,
        }),
      )
      .build({ log: SILENT });
    await runtime.run();
    expect(process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length).toBe(
      before,
    );
  });

  it('tells the source what each pipeline asks of it', async () => {
    const { source, runtime } = await start((builder) =>
      builder.pipeline(
        pipeline({ ...textParser, prefilter: { owners: ['x'] } }, [], {
          filter: { accounts: ['y'] },
        }),
      ),
    );
    expect([...source.started!.subscriptions]).toEqual([
      [
        'words',
        { pipeline: 'words', kind: 'word', filters: [{ owners: ['x'] }, { accounts: ['y'] }] },
      ],
    ]);
    await runtime.shutdown();
  });
});

describe('the path of one frame', () => {
  it('leads through input, decoding, buffer, parser, handler and output', async () => {
    const trace: string[] = [];
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(
          {
            id: 'words',
            kind: 'word' as const,
            parse: ({ text }: Word) => {
              trace.push('parse');
              return text.toUpperCase();
            },
          },
          [
            {
              name: 'h',
              handle: (value, update) => void trace.push(`handle ${value} of ${update.text}`),
            },
          ],
        ),
      ),
    );
    const output = runtime.output<string>('words');
    await source.push(...words(1));
    for await (const value of output) {
      trace.push(`output ${value}`);
      break;
    }
    expect(source.decoded).toBe(1);
    expect(trace).toEqual(['parse', 'handle W0 of w0', 'output W0']);
    expect(runtime.stats().input.routed).toBe(1);
    source.end();
    await ran;
  });
});
