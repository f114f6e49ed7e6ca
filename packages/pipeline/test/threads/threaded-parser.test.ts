import { isMainThread, threadId } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  configure,
  FILTERED,
  type InitContext,
  ParseFailure,
  pipeline,
  Runtime,
  RuntimeError,
  type Sourced,
  type ThreadedParser,
  type ThreadedParserOptions,
  threadedParser,
  type Update,
  updatesSource,
} from '../../src/index.js';

const moduleAt = (name: string) => new URL(`./modules/${name}.mjs`, import.meta.url);
const logged: unknown[] = [];
const context: InitContext = {
  pipeline: 'p',
  signal: new AbortController().signal,
  cache: undefined,
  log: {
    level: 'info',
    log: (level, message, fields) => void logged.push([level, message, fields]),
    child: () => context.log,
  },
};
const unused = { id: 'p', kind: 'message', parse: () => undefined };

const itemOf = (text: string, index = 0): Sourced => {
  const bytes = new TextEncoder().encode(text);
  const update = {
    kind: 'message',
    position: BigInt(index),
    filters: undefined,
    sizeBytes: bytes.byteLength,
    receivedAtMs: index,
  };
  return { update, frame: { kind: 'message', bytes } };
};
const itemsOf = (...texts: string[]) => texts.map(itemOf);
const textOf = (result: unknown) =>
  result instanceof ParseFailure
    ? `failed: ${(result.error as Error).message}`
    : (result as { text: string }).text;

describe('a parser on threads', () => {
  const open: ThreadedParser[] = [];
  const start = async (options: Partial<ThreadedParserOptions> = {}) => {
    const parser = threadedParser({ module: moduleAt('parser'), ...options });
    open.push(parser);
    await parser.init(unused, context);
    return parser;
  };
  afterEach(async () => {
    for (const parser of open.splice(0)) await parser.dispose();
    logged.length = 0;
  });

  it('parses in a thread, in order, and hands over all that an update has', async () => {
    const parser = await start();
    const [first, second] = await parser.parseBatch([
      itemOf('a', 1),
      {
        update: { ...itemOf('b', 2).update, kind: 'other', position: undefined, filters: ['x'] },
        frame: itemOf('b').frame,
      },
    ]);
    expect(first).toEqual({
      text: 'a',
      threadId: expect.any(Number),
      kind: 'message',
      position: 1n,
      filters: undefined,
      sizeBytes: 1,
      receivedAtMs: 1,
    });
    expect(second).toMatchObject({ text: 'b', kind: 'other', position: undefined, filters: ['x'] });
    expect((first as { threadId: number }).threadId).not.toBe(threadId);
    expect(isMainThread || threadId > 0).toBe(true);
  });

  it('leaves the bytes of the frames whole', async () => {
    const parser = await start();
    const item = itemOf('kept');
    await parser.parseBatch([item]);
    expect(new TextDecoder().decode(item.frame.bytes)).toBe('kept');
  });

  it('makes updates with the `revive` of the module', async () => {
    const parser = await start({ module: moduleAt('revived') });
    expect(await parser.parseBatch(itemsOf('12345678'))).toEqual([2]);
  });

  it('tells what was filtered, what failed, and what came later, each in its place', async () => {
    const parser = await start();
    const results = await parser.parseBatch(
      itemsOf('a', 'filter', 'throw', 'later', 'function', 'b'),
    );
    expect(results[1]).toBe(FILTERED);
    expect(results[2]).toBeInstanceOf(ParseFailure);
    expect((results[2] as ParseFailure).error).toMatchObject({
      name: 'RangeError',
      message: 'told to throw',
      code: 'ERR_TOLD',
      cause: { message: 'deeper' },
    });
    expect(results[3]).toBe('later');
    expect(String((results[4] as ParseFailure).error)).toContain('could not be cloned');
    expect([results[0], results[5]].map(textOf)).toEqual(['a', 'b']);
  });

  it('logs through the logger of the pipeline', async () => {
    const parser = await start();
    await parser.parseBatch(itemsOf('log'));
    expect(logged).toEqual([['info', 'from the thread', { from: 'p' }]]);
  });

  it.each([
    ['exits', 'exit', 'ended with code 3'],
    ['crashes outside of its answer', 'crash', 'told to crash'],
    ['loops for ever', 'loop', 'did not go on for 300 ms'],
    ['eats memory', 'eat', 'memory'],
  ])('an update on which the parser %s costs that update alone', async (_, action, reason) => {
    const parser = await start({ deadlineMs: action === 'eat' ? 15_000 : 300, memoryLimitMb: 24 });
    const results = await parser.parseBatch(itemsOf('a', 'b', action, 'c', 'd'));
    expect(results.map(textOf)).toEqual(['a', 'b', expect.stringContaining(reason), 'c', 'd']);
    const { error } = results[2] as ParseFailure;
    expect(RuntimeError.is(error, 'ERR_PIPELINE_PARSE')).toBe(true);
    expect((await parser.parseBatch(itemsOf('next'))).map(textOf)).toEqual(['next']);
  });

  it('isolates every bad update of a batch, also when there are several', async () => {
    const parser = await start({ threads: 2 });
    const results = await parser.parseBatch(itemsOf('exit', 'a', 'exit', 'b', 'exit'));
    expect(results.map((each) => textOf(each).startsWith('failed'))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('fails for good when threads die more than five times in a minute', async () => {
    const parser = await start();
    const batch = parser.parseBatch(itemsOf('exit', 'exit', 'exit', 'exit', 'exit', 'exit', 'a'));
    await expect(batch).rejects.toMatchObject({
      kind: 'system',
      code: 'ERR_PIPELINE_SYSTEM',
      message: expect.stringContaining('more than 5 times'),
    });
    await expect(parser.parseBatch(itemsOf('a'))).rejects.toMatchObject({ kind: 'system' });
  });

  it('refuses to start with a module that cannot be loaded, or holds no parser', async () => {
    await expect(start({ module: moduleAt('broken') })).rejects.toMatchObject({
      code: 'ERR_PIPELINE_INIT',
      message: expect.stringContaining('broken.mjs cannot be used as a parser'),
    });
    await expect(start({ module: moduleAt('handler') })).rejects.toMatchObject({
      code: 'ERR_PIPELINE_INIT',
    });
    expect(() => threadedParser({ module: moduleAt('parser'), threads: 0 })).toThrow(/threads/);
  });

  it('starts all its threads at once, and ends them all', async () => {
    const parser = await start({ threads: 3 });
    expect(parser.pool?.size).toBe(3);
    await parser.dispose();
    expect(parser.pool?.size).toBe(0);
    expect(parser.load).toEqual([]);
  });

  it('lets whichever thread is free take the next batch, so that uneven batches make even loads', async () => {
    const parser = await start({ threads: 2 });
    const batches = Array.from({ length: 40 }, (_, index) =>
      parser.parseBatch(itemsOf(`spin:${index % 10 === 0 ? 60 : 15}`)),
    );
    await Promise.all(batches);
    const busy = parser.load.map(({ busyMs }) => busyMs);
    expect(busy).toHaveLength(2);
    expect(Math.max(...busy) / Math.min(...busy)).toBeLessThan(1.3);
    const counts = parser.load.map(({ updates }) => updates);
    expect(counts[0]! + counts[1]!).toBe(40);
  });
});

describe('the threads that the settings give to parsers', () => {
  const built = async (parserThreads: number, pipelines: readonly string[]) => {
    const executors = pipelines.map(() => threadedParser({ module: moduleAt('parser') }));
    const builder = Runtime.builder<{ message: Update & { readonly kind: 'message' } }>().source(
      updatesSource([{ kind: 'message' as const }]),
    );
    for (const [index, id] of pipelines.entries()) {
      const parser = { id, kind: 'message' as const, parse: () => undefined };
      builder.pipeline(pipeline(parser, [], { executor: executors[index]! as never }));
    }
    const runtime = await builder.build(configure({ argument: { runtime: { parserThreads } } }));
    const sizes = executors.map(({ pool, maxInFlight }) => [pool?.size, maxInFlight]);
    await runtime.shutdown();
    return sizes;
  };

  it('are shared evenly, and each has one at least', async () => {
    expect(await built(3, ['only'])).toEqual([[3, 4]]);
    expect(await built(3, ['a', 'b'])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(await built(1, ['a', 'b'])).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('leave the main thread to parse when there are none', async () => {
    expect(await built(0, ['only'])).toEqual([[undefined, 1]]);
    const parser = threadedParser({ module: moduleAt('parser') });
    await parser.init(unused, { ...context, parserThreads: 0 });
    const results = await parser.parseBatch(itemsOf('a', 'filter', 'throw', 'later', 'b'));
    expect(results[0]).toMatchObject({ text: 'a', threadId, sizeBytes: 1 });
    expect(results[1]).toBe(FILTERED);
    expect((results[2] as ParseFailure).error).toMatchObject({ message: 'told to throw' });
    expect(results[3]).toBe('later');
    expect(textOf(results[4])).toBe('b');
    await parser.dispose();
    const broken = threadedParser({ module: moduleAt('broken') });
    await expect(broken.init(unused, { ...context, parserThreads: 0 })).rejects.toMatchObject({
      code: 'ERR_PIPELINE_INIT',
      message: expect.stringContaining('broken.mjs cannot be used as a parser'),
    });
  });

  it('give way to those that a parser was made with', async () => {
    const parser = threadedParser({ module: moduleAt('parser'), threads: 2 });
    await parser.init(unused, { ...context, parserThreads: 0 });
    expect(parser.pool?.size).toBe(2);
    await parser.dispose();
  });
});
