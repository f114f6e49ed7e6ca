import { pipeline, Runtime, updatesSource } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  expectConserved,
  Gated,
  type Kinds,
  SILENT,
  settled,
  start,
  textParser,
  type Word,
  words,
} from './support.js';

describe('a runtime', () => {
  it('leads updates from the source through parser and handler, and ends with the source', async () => {
    const seen: string[] = [];
    const runtime = await Runtime.builder<Kinds>()
      .source(
        updatesSource<Kinds>([
          { kind: 'word', text: 'a', key: 'a' },
          { kind: 'count', value: 1 },
          { kind: 'word', text: 'b', key: 'b' },
        ]),
      )
      .pipeline(pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }]))
      .build({ log: SILENT });
    expect(runtime.state).toBe('initializing');
    await expect(runtime.run()).resolves.toEqual({ type: 'completed' });
    expect(seen).toEqual(['a', 'b']);
    expect(runtime.state).toBe('shutdown');
    expect(runtime.stats().totals).toMatchObject({ received: 2, processed: 2, inFlight: 0 });
    expect(runtime.stats().input).toMatchObject({ received: 3, routed: 2, unrouted: 1 });
    expectConserved(runtime);
  });

  it('handles at most `concurrency` values at once', async () => {
    const gated = new Gated();
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { concurrency: 3 })),
    );
    await source.push(...words(10));
    expect(gated.waiting).toEqual(['w0', 'w1', 'w2']);
    await gated.succeed('w1');
    expect(gated.waiting).toEqual(['w0', 'w2', 'w3']);
    await gated.succeedAll();
    await settled();
    source.end();
    await ran;
    expect(gated.most).toBe(3);
    expect(runtime.stats().totals).toMatchObject({ processed: 10, inFlight: 0 });
    expectConserved(runtime);
  });
});

export type { Word };
