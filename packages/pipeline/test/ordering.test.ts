import { pipeline } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  expectConserved,
  Gated,
  type Started,
  settled,
  start,
  textParser,
  type Word,
  word,
} from './support.js';

const key = (update: Word): string => update.key;
const noWait = { maxAttempts: 3, initialBackoffMs: 100, jitter: 'none' } as const;

async function finish({ source, ran, runtime }: Started): Promise<void> {
  source.end();
  await ran;
  expectConserved(runtime);
}

describe('ordering', () => {
  it('none begins whatever is there', async () => {
    const gated = new Gated();
    const started = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 4 })),
    );
    await started.source.push(word('a:1'), word('a:2'), word('b:1'));
    expect(gated.waiting).toEqual(['a:1', 'a:2', 'b:1']);
    await gated.succeedAll();
    await finish(started);
  });

  it('by-key handles one after the other of one key, and other keys meanwhile', async () => {
    const gated = new Gated();
    const started = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 4, key })),
    );
    await started.source.push(word('a:1'), word('a:2'), word('b:1'), word('a:3'), word('b:2'));
    expect(gated.waiting).toEqual(['a:1', 'b:1']);
    await gated.succeed('a:1');
    expect(gated.waiting).toEqual(['b:1', 'a:2']);
    await gated.succeed('b:1');
    expect(gated.waiting).toEqual(['a:2', 'b:2']);
    await gated.succeedAll();
    expect(gated.ended.filter((text) => text.startsWith('a'))).toEqual(['a:1', 'a:2', 'a:3']);
    await finish(started);
  });

  it('a retry blocks only its key, and holds no permit while it waits', async () => {
    const gated = new Gated();
    const started = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 1, key, retry: noWait })),
    );
    const { clock, source } = started;
    await source.push(word('a:1'), word('a:2'), word('b:1'), word('b:2'));
    await gated.fail('a:1');
    expect(gated.waiting).toEqual(['b:1']);
    await gated.succeed();
    expect(gated.waiting).toEqual(['b:2']);
    await clock.advance(100);
    expect(gated.waiting).toEqual(['b:2']);
    await gated.succeed();
    expect(gated.waiting).toEqual(['a:1']);
    await gated.succeed();
    await gated.succeed('a:2');
    expect(gated.begun).toEqual(['a:1', 'b:1', 'b:2', 'a:1', 'a:2']);
    await finish(started);
  });

  it('strict handles one after the other, and a retry blocks all', async () => {
    const gated = new Gated();
    const started = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [gated], { concurrency: 4, ordering: 'strict', retry: noWait }),
      ),
    );
    await started.source.push(word('a'), word('b'), word('c'));
    expect(gated.waiting).toEqual(['a']);
    await gated.fail('a');
    expect(gated.waiting).toEqual([]);
    await started.clock.advance(100);
    expect(gated.waiting).toEqual(['a']);
    await gated.succeedAll();
    expect(gated.begun).toEqual(['a', 'a', 'b', 'c']);
    await finish(started);
  });

  it('keeps the order of a key through a parser whose answers come out of turn', async () => {
    const parses = new Gated('parser');
    const seen: string[] = [];
    const started = await start((builder) =>
      builder.pipeline(
        pipeline(
          {
            id: 'words',
            kind: 'word' as const,
            parse: async (update: Word) => {
              await parses.handle(update.text);
              return update.text;
            },
          },
          [{ name: 'see', handle: (text) => void seen.push(text) }],
          { key, concurrency: 4 },
        ),
      ),
    );
    await started.source.push(word('a:1'), word('a:2'), word('a:3'), word('b:1'));
    expect(parses.waiting).toHaveLength(4);
    await parses.succeed('a:3');
    await parses.succeed('b:1');
    expect(seen).toEqual([]);
    await parses.succeed('a:1');
    expect(seen).toEqual(['a:1']);
    await parses.succeed('a:2');
    expect(seen.filter((text) => text.startsWith('a'))).toEqual(['a:1', 'a:2', 'a:3']);
    expect(seen).toContain('b:1');
    await finish(started);
  });

  it('a key that throws costs its own update only', async () => {
    const seen: string[] = [];
    const started = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }], {
          key: ({ text }: Word) => {
            if (text === 'bad') throw new Error('no key');
            return text;
          },
        }),
      ),
    );
    await started.source.push(word('a'), word('bad'), word('b'));
    await settled();
    expect(seen).toEqual(['a', 'b']);
    expect(started.runtime.stats().totals).toMatchObject({ processed: 2, parseErrors: 1 });
    await finish(started);
  });
});
