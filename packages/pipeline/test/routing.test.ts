import {
  FILTERED,
  ParseFailure,
  type ParseResult,
  type ParserExecutor,
  pipeline,
  type Sourced,
} from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  type Count,
  expectConserved,
  Gated,
  settled,
  start,
  textParser,
  type Word,
  word,
  words,
} from './support.js';

const see = (into: unknown[]) => ({
  name: 'see',
  handle: (value: unknown) => void into.push(value),
});

describe('routing', () => {
  it('gives updates to the pipelines of their kind', async () => {
    const [texts, counts]: [unknown[], unknown[]] = [[], []];
    const { source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [see(texts)])).pipeline(
        pipeline(
          {
            id: 'counts',
            kind: 'count' as const,
            parse: ({ value }: Count) => value,
          },
          [see(counts)],
        ),
      ),
    );
    await source.push(word('abc'));
    source.end();
    await ran;
    expect([texts, counts]).toEqual([['abc'], [3]]);
  });

  it('decodes only what an addressed pipeline wants, and does not decode a frame that nobody is addressed by', async () => {
    const [one, two]: [unknown[], unknown[]] = [[], []];
    const { runtime, source, ran } = await start((builder) =>
      builder
        .pipeline(pipeline(textParser, [see(one)], { id: 'one' }))
        .pipeline(pipeline(textParser, [see(two)], { id: 'two' })),
    );
    await source.push(
      word('a', { filters: ['one'] }),
      word('b', { filters: ['one', 'two'] }),
      word('c', { filters: ['nobody'] }),
      word('d'),
    );
    source.end();
    await ran;
    expect([one, two]).toEqual([
      ['a', 'b', 'd'],
      ['b', 'd'],
    ]);
    expect(source.decoded).toBe(3);
    expect(runtime.stats().input).toMatchObject({
      received: 4,
      routed: 3,
      unrouted: 1,
      decodeErrors: 0,
    });
  });

  it('counts what the parser or the gate keeps out as filtered', async () => {
    const seen: unknown[] = [];
    const { runtime, source, ran } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(
            {
              id: 'words',
              kind: 'word' as const,
              parse: ({ text }: Word) => (text.startsWith('x') ? FILTERED : text),
            },
            [see(seen)],
          ),
        ),
      { gate: { admits: (update) => (update as Word).text !== 'mine?' } },
    );
    await source.push(
      word('a', { position: 1n }),
      word('x', { position: 2n }),
      word('mine?', { position: 3n }),
    );
    source.sink.complete(3n);
    source.end();
    await ran;
    expect(seen).toEqual(['a']);
    expect(runtime.stats().totals).toMatchObject({ received: 3, processed: 1, filtered: 2 });
    expect(source.sink.handledUpTo()).toBe(3n);
    expectConserved(runtime);
  });
});

describe('progress', () => {
  it('follows what is handled, never what is merely received', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 9 })),
    );
    const upTo = () => source.sink.handledUpTo();
    await source.push(
      word('a', { position: 1n }),
      word('b', { position: 1n }),
      word('c', { position: 2n }),
    );
    expect(upTo()).toBeUndefined();
    source.sink.complete(1n);
    expect(upTo()).toBe(0n);
    await gated.succeed('c');
    await gated.succeed('a');
    expect(upTo()).toBe(0n);
    await gated.succeed('b');
    expect(upTo()).toBe(1n);
    source.sink.complete(2n);
    expect(upTo()).toBe(2n);
    expect(runtime.stats()).toMatchObject({ handledUpTo: 2n, receivedUpTo: 2n });
    source.end();
    await ran;
  });

  it('waits for every pipeline that an update goes to, and for frames that are not decoded yet', async () => {
    const [one, two] = [new Gated('one'), new Gated('two')];
    const { source, runtime } = await start((builder) =>
      builder
        .pipeline(
          pipeline(textParser, [one], { id: 'one', concurrency: 1, buffer: { maxCapacity: 1 } }),
        )
        .pipeline(pipeline(textParser, [two], { id: 'two', concurrency: 9 })),
    );
    void source.push(...[1n, 2n, 3n, 4n].map((position) => word(`w${position}`, { position })));
    source.sink.complete(4n);
    await two.succeedAll();
    expect(source.sink.handledUpTo()).toBe(0n);
    await one.succeed();
    await two.succeedAll();
    expect(source.sink.handledUpTo()).toBe(1n);
    for (let round = 0; round < 4; round++) {
      await one.succeedAll();
      await two.succeedAll();
    }
    expect(source.sink.handledUpTo()).toBe(4n);
    await runtime.shutdown();
  });

  it('stays before what a shutdown abandoned or discarded', async () => {
    const gated = new Gated();
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 1 })),
    );
    await source.push(...[1n, 2n, 3n].map((position) => word('w', { position })));
    source.sink.complete(3n);
    await gated.succeed();
    await runtime.shutdown({ strategy: 'immediate' });
    expect(runtime.stats().handledUpTo).toBe(1n);
  });
});

/** An executor whose batches the test answers by hand. */
class HandExecutor implements ParserExecutor<Word, string> {
  readonly maxBatchItems = 3;
  readonly maxBatchBytes = 100;
  readonly maxInFlight = 2;
  readonly log: string[] = [];
  readonly batches: string[][] = [];
  readonly #open: {
    items: readonly Sourced<Word>[];
    resolve: (results: ParseResult<string>[]) => void;
    reject: (error: unknown) => void;
  }[] = [];

  init(parser: { id: string }): void {
    this.log.push(`init ${parser.id}`);
  }

  dispose(): void {
    this.log.push('dispose');
  }

  parseBatch(items: readonly Sourced<Word>[]): Promise<ParseResult<string>[]> {
    this.batches.push(items.map(({ update }) => update.text));
    return new Promise((resolve, reject) => this.#open.push({ items, resolve, reject }));
  }

  async answer(index: number, made: (text: string) => ParseResult<string> = (text) => text) {
    const [batch] = this.#open.splice(index, 1);
    batch!.resolve(
      batch!.items.map(({ update, frame }) => {
        expect(new TextDecoder().decode(frame.bytes)).toBe(update.text);
        return made(update.text);
      }),
    );
    await settled();
  }

  async break(index: number) {
    const [batch] = this.#open.splice(index, 1);
    batch!.reject(new Error('worker died'));
    await settled();
  }

  async answerShort() {
    this.#open.shift()!.resolve(['one']);
    await settled();
  }
}

describe('a parser executor', () => {
  it('gets batches of what is there, within its limits, and answers are put in order again', async () => {
    const executor = new HandExecutor();
    const seen: unknown[] = [];
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [see(seen)], { executor, ordering: 'strict' })),
    );
    await source.push(...words(8));
    expect(executor.batches).toEqual([
      ['w0', 'w1', 'w2'],
      ['w3', 'w4', 'w5'],
    ]);
    await executor.answer(1);
    expect(seen).toEqual([]);
    expect(executor.batches[2]).toEqual(['w6', 'w7']);
    await executor.answer(0);
    expect(seen).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'w5']);
    await executor.answer(0);
    expect(seen).toHaveLength(8);
    await runtime.shutdown();
    expect(executor.log).toEqual(['init words', 'dispose']);
    expectConserved(runtime);
  });

  it('fails single updates, whole batches, and batches whose answers do not match', async () => {
    const executor = new HandExecutor();
    const seen: unknown[] = [];
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [see(seen)], { executor })),
    );
    await source.push(...words(9));
    await executor.answer(0, (text) => {
      if (text === 'w0') return new ParseFailure(new Error('bad'));
      return text === 'w1' ? FILTERED : text;
    });
    await executor.break(0);
    await executor.answerShort();
    expect(seen).toEqual(['w2']);
    expect(runtime.stats().totals).toMatchObject({
      processed: 1,
      filtered: 1,
      parseErrors: 7,
      inFlight: 0,
    });
    await runtime.shutdown();
  });

  it('that never answers costs its batch when there is a deadline', async () => {
    const executor = new HandExecutor();
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [], { executor, parseTimeoutMs: 100 })),
    );
    await source.push(...words(2));
    await clock.advance(100);
    expect(runtime.stats().totals).toMatchObject({ parseErrors: 2, inFlight: 0 });
    await runtime.shutdown();
  });
});

describe('an output', () => {
  it('drops the oldest for a reader that is behind, and tells it how many', async () => {
    const lagged: number[] = [];
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    const slow = runtime.output<string>('words', {
      capacity: 3,
      onLagged: (lost) => lagged.push(lost),
    });
    const fast = runtime.output<string>('words');
    await source.push(...words(10));
    expect(slow).toMatchObject({ dropped: 7, buffered: 3 });
    source.end();
    await ran;
    const read = async (output: AsyncIterable<string>) => {
      const all: string[] = [];
      for await (const value of output) all.push(value);
      return all;
    };
    expect(await read(slow)).toEqual(['w7', 'w8', 'w9']);
    expect(lagged).toEqual([7]);
    expect(await read(fast)).toHaveLength(10);
    expect(runtime.stats().pipelines['words']!.outputDropped).toBe(7);
  });

  it('with overflow block makes the pipeline wait, and never holds more than its capacity', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 9 })),
    );
    const output = runtime.output<string>('words', { capacity: 2, overflow: 'block' });
    const reader = output[Symbol.asyncIterator]();
    await source.push(...words(6));
    expect(gated.waiting).toEqual(['w0', 'w1']);
    await gated.succeedAll();
    expect(output.buffered).toBe(2);
    expect(gated.waiting).toEqual([]);
    await expect(reader.next()).resolves.toEqual({ done: false, value: 'w0' });
    expect(gated.waiting).toEqual(['w2']);
    await output[Symbol.asyncDispose]();
    expect(gated.waiting).toEqual(['w2', 'w3', 'w4', 'w5']);
    await gated.succeedAll();
    source.end();
    await ran;
  });

  it('with overflow error ends with one, after what it holds', async () => {
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    const output = runtime.output<string>('words', { capacity: 2, overflow: 'error' });
    await source.push(...words(5));
    const seen: string[] = [];
    const read = (async () => {
      for await (const value of output) seen.push(value);
    })();
    await expect(read).rejects.toMatchObject({ code: 'ERR_PIPELINE_OVERFLOW' });
    expect(seen).toEqual(['w0', 'w1']);
    await runtime.shutdown();
  });

  it('ends with its signal, with break and with the runtime', async () => {
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    const abort = new AbortController();
    const one = runtime.output('words', { signal: abort.signal })[Symbol.asyncIterator]();
    const two = runtime.output('words')[Symbol.asyncIterator]();
    const first = one.next();
    const second = two.next();
    abort.abort();
    await expect(first).resolves.toMatchObject({ done: true });
    source.end();
    await ran;
    await expect(second).resolves.toMatchObject({ done: true });
    expect(() => runtime.output('nothing')).toThrowError(/there is no nothing; there are words/);
  });
});
