import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFlush } from '../src/host/flush-message.js';
import { MemoryStore, MetashrewRuntime, type RuntimeOptions, rootOfEntries } from '../src/index.js';
import { bytes, hashFor, hex, text } from './support/bytes.js';
import { nothing, numberOf, order, u32, writing } from './support/chain.js';
import { type GuestName, guestBytes, guestPath } from './support/guests.js';
import { realBlock } from './support/real-block.js';
import { RecordingLogger } from './support/recording-logger.js';

const codeOf = (code: string) => expect.objectContaining({ code });

async function runtime(options?: RuntimeOptions, guest: GuestName = 'indexer') {
  return MetashrewRuntime.new(await guestBytes(guest), options);
}

// The first one compiles the guests.
beforeAll(async () => void (await guestPath('indexer')), 120_000);

describe('loading', () => {
  it('reads an indexer from a file', async () => {
    const loaded = await MetashrewRuntime.load(await guestPath('indexer'));
    expect(text(await loaded.view('tiny', nothing, 0))).toBe('ok');
  });

  it('says which file it cannot read and which bytes are no module', async () => {
    await expect(MetashrewRuntime.load('no/such.wasm')).rejects.toThrow(/no\/such\.wasm/);
    await expect(MetashrewRuntime.new(bytes('hello'))).rejects.toThrow(codeOf('ERR_VIEW_MODULE'));
  });

  it('names every option that is wrong before anything is compiled', async () => {
    const options = { statefullViews: 'off', cache: { limitBytes: 'much' } } as never;
    await expect(MetashrewRuntime.new(bytes('hello'), options)).rejects.toThrow(
      /cache.limitBytes.*statefullViews: is not an option; did you mean statefulViews\?/s,
    );
  });
});

describe('indexing', () => {
  it('commits what the guest flushed, with a state root over all of it', async () => {
    const store = new MemoryStore();
    const indexer = await runtime({ store });
    const block = writing(0, { a: '1', b: '2' });
    const indexed = await indexer.run(block);
    const all = [
      ['a', '1'],
      ['b', '2'],
    ].map(([k, v]) => [bytes(k!), bytes(v!)] as const);
    const expected = rootOfEntries([
      ...all,
      [bytes('/block/0'), block.bytes],
      [bytes('/blocks'), u32(1)],
    ]);
    expect(hex(indexed.stateRoot)).toBe(hex(expected));
    expect(indexed.keys).toBe(4);
    expect(hex(store.blockHash(0))).toBe(hex(hashFor(0)));
  });

  it('lets a block read what the blocks before it wrote', async () => {
    const indexer = await runtime();
    for (let height = 0; height < 5; height++) await indexer.run(writing(height, {}));
    expect(numberOf(await indexer.view('blocks', nothing, 4))).toBe(5);
    expect(numberOf(await indexer.view('blocks', nothing, 2))).toBe(3);
  });

  it('writes nothing of a block whose indexing traps, and can go on', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: '1' }));
    await expect(indexer.run(order(1, 'bop!'))).rejects.toThrow(
      /Error executing _start: unreachable/,
    );
    expect(indexer.store.mark()).toMatchObject({ tip: 0, epoch: 1 });
    await indexer.run(writing(1, { a: '2' }));
    expect(text(await indexer.view('getvalue', bytes('a'), 1))).toBe('2');
  });

  it('refuses an indexer that returns without a flush', async () => {
    const indexer = await runtime();
    await expect(indexer.run(order(0, 'shy!'))).rejects.toThrow(codeOf('ERR_INDEX_UNFINISHED'));
    expect(indexer.store.mark().tip).toBeUndefined();
  });

  it('needs _start', async () => {
    const views = await runtime({}, 'no-start');
    await expect(views.run(writing(0, {}))).rejects.toThrow(codeOf('ERR_INDEX_START'));
    expect(text(await views.view('hello', nothing, 0))).toBe('hi');
  });

  it('refuses a block that does not follow the tip', async () => {
    const indexer = await runtime();
    await indexer.run(writing(5, {}));
    await expect(indexer.run(writing(7, {}))).rejects.toThrow(codeOf('ERR_STORE_HEIGHT'));
  });

  it('gives each block an instance of its own, so that a block depends on the store alone', async () => {
    const indexer = await runtime({ statefulViews: 'off' });
    await indexer.run(writing(0, {}));
    await indexer.run(writing(1, {}));
    expect(indexer.stats().instances).toBe(2);
  });

  it.skipIf(realBlock === undefined)('indexes a real block of Bitcoin', async () => {
    const block = readFileSync(realBlock as string);
    const indexer = await runtime();
    await indexer.run({ height: 849_236, hash: hashFor(849_236), bytes: block });
    expect(numberOf(await indexer.view('transactioncount', nothing, 849_236))).toBe(
      block.readUInt16LE(81),
    );
    const stored = await indexer.view('getblock', u32(849_236), 849_236);
    expect(Buffer.compare(stored, block)).toBe(0);
  });
});

describe('the host functions', () => {
  it('hand over the height in front of the input', async () => {
    const indexer = await runtime();
    expect(numberOf(await indexer.view('height', nothing, 7))).toBe(7);
    expect(text(await indexer.view('echo', bytes('abc'), 7))).toBe('abc');
    expect(await indexer.view('echo', nothing, 7)).toHaveLength(0);
  });

  it('answer an invalid key with the length 0x7fffffff', async () => {
    const indexer = await runtime();
    expect(numberOf(await indexer.view('badkey', nothing, 0))).toBe(0x7fff_ffff);
  });

  it('print what the guest logs', async () => {
    const logger = new RecordingLogger();
    const indexer = await runtime({ logger });
    await indexer.view('talk', bytes('grüß dich'), 0);
    await indexer.view('talk', Uint8Array.of(0xff, 0xfe), 0);
    expect(logger.lines.filter((line) => line.startsWith('info'))).toEqual(['info grüß dich']);
  });

  it('ignore the flush of a view', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, {}));
    expect(numberOf(await indexer.view('write', nothing, 0))).toBe(1);
    expect(numberOf(await indexer.view('blocks', nothing, 0))).toBe(1);
    expect(indexer.store.mark().epoch).toBe(1);
  });

  it('trap on an import that metashrew does not have, only when it is called', async () => {
    const indexer = await runtime();
    await expect(indexer.view('missingimport', nothing, 0)).rejects.toThrow(
      /unknown import: `env::__not_there` has not been defined/,
    );
    expect(text(await indexer.view('tiny', nothing, 0))).toBe('ok');
  });

  it('read flushes as protobuf: unknown fields are passed over, an odd last entry is dropped', () => {
    const field = (tag: number, value: string) => [tag, value.length, ...bytes(value)];
    const message = (...parts: number[][]) => Uint8Array.from(parts.flat());
    const pairs = readFlush(
      message(
        field(0x0a, 'k'),
        [0x10, 0x96, 1],
        field(0x12, '??'),
        field(0x0a, 'v'),
        field(0x0a, 'odd'),
      ),
    );
    expect(pairs?.map(({ key, value }) => [text(key), text(value)])).toEqual([['k', 'v']]);
    for (const broken of [[0x0a], [0x0a, 9, 1], [0x0a, 0xff], [0x0b, 1]]) {
      expect(readFlush(Uint8Array.from(broken))).toBeUndefined();
    }
  });
});

describe('a view', () => {
  it('that the module does not have, or has with another signature, is not found', async () => {
    const indexer = await runtime();
    for (const name of [
      'nope',
      '_start',
      'memory',
      'withparameter',
      'withoutresult',
      '__proto__',
      'constructor',
      '',
    ]) {
      await expect(indexer.view(name, nothing, 0)).rejects.toThrow(codeOf('ERR_VIEW_NOT_FOUND'));
    }
  });

  it('that traps rejects with the reason of the trap', async () => {
    const indexer = await runtime();
    const failure = indexer.view('boom', nothing, 0);
    await expect(failure).rejects.toThrow(/Failed to execute view function 'boom': unreachable/);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_VIEW_TRAP',
      cause: expect.any(WebAssembly.RuntimeError),
    });
  });

  it('whose result points nowhere answers with nothing', async () => {
    const indexer = await runtime();
    expect(await indexer.view('badresult', nothing, 0)).toHaveLength(0);
  });

  it('of a module without memory has no result that could be read', async () => {
    const indexer = await runtime({}, 'no-memory');
    await expect(indexer.view('hello', nothing, 0)).rejects.toThrow(codeOf('ERR_VIEW_MEMORY'));
  });

  it('that loops is stopped at its deadline, and the next one answers', async () => {
    const indexer = await runtime();
    await expect(indexer.view('spin', nothing, 0, { deadlineMs: 50 })).rejects.toThrow(
      codeOf('ERR_VIEW_DEADLINE'),
    );
    expect(text(await indexer.view('tiny', nothing, 0))).toBe('ok');
    expect(indexer.stats().recycled.trap).toBe(1);
  });

  it('needs a height and an input that are such', async () => {
    const indexer = await runtime();
    for (const height of [-1, 1.5, Number.NaN, 2 ** 32, '0']) {
      await expect(indexer.view('tiny', nothing, height as number)).rejects.toThrow(
        codeOf('ERR_VIEW_ARGUMENT'),
      );
    }
    await expect(indexer.view('tiny', 'abc' as never, 0)).rejects.toThrow(
      codeOf('ERR_VIEW_ARGUMENT'),
    );
  });

  it('is not begun for a signal that has aborted', async () => {
    const indexer = await runtime();
    const signal = AbortSignal.abort('because');
    await expect(indexer.view('tiny', nothing, 0, { signal })).rejects.toMatchObject({
      code: 'ERR_VIEW_ABORTED',
      cause: 'because',
    });
  });

  it('rejects with the error of a store that fails, and does not blame the guest', async () => {
    const store = new MemoryStore();
    const indexer = await runtime({ store });
    const disk = new Error('disk on fire');
    store.get = () => {
      throw disk;
    };
    await expect(indexer.view('getvalue', bytes('a'), 0)).rejects.toBe(disk);
  });
});

describe('a preview', () => {
  it('shows the block as if it were indexed and keeps nothing', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: 'old', b: 'kept' }));
    const next = writing(1, { a: 'new' });
    expect(text(await indexer.preview(next.bytes, 'getvalue', bytes('a'), 0))).toBe('new');
    expect(text(await indexer.preview(next.bytes, 'getvalue', bytes('b'), 0))).toBe('kept');
    expect(numberOf(await indexer.preview(next.bytes, 'height', nothing, 0))).toBe(1);
    expect(numberOf(await indexer.preview(next.bytes, 'blocks', nothing, 0))).toBe(2);
    expect(text(await indexer.view('getvalue', bytes('a'), 1))).toBe('old');
    expect(indexer.store.mark().epoch).toBe(1);
  });

  it('builds on the height it is given, not on the tip', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: 'zero' }));
    await indexer.run(writing(1, { a: 'one' }));
    expect(text(await indexer.preview(writing(1, {}).bytes, 'getvalue', bytes('a'), 0))).toBe(
      'zero',
    );
  });

  it('does not disturb the instance that is kept for views', async () => {
    const indexer = await runtime();
    await indexer.run(writing(0, { a: 'old' }));
    await indexer.view('cached', bytes('a'), 0);
    await indexer.preview(writing(1, { a: 'new' }).bytes, 'cached', bytes('a'), 0);
    expect(text(await indexer.view('cached', bytes('a'), 0))).toBe('old');
    expect(numberOf(await indexer.view('count', nothing, 0))).toBe(1);
  });

  it('tells what went wrong, in the block or in the view', async () => {
    const indexer = await runtime();
    const preview = (block: Uint8Array, view: string, deadlineMs = 0) =>
      indexer.preview(block, view, nothing, 0, { deadlineMs });
    await expect(preview(order(1, 'bop!').bytes, 'tiny')).rejects.toThrow(
      /Error executing _start in preview: unreachable/,
    );
    await expect(preview(order(1, 'shy!').bytes, 'tiny')).rejects.toThrow(
      /indexer exited unexpectedly during preview/,
    );
    await expect(preview(nothing, 'boom')).rejects.toThrow(codeOf('ERR_VIEW_TRAP'));
    await expect(preview(nothing, 'nope')).rejects.toThrow(codeOf('ERR_VIEW_NOT_FOUND'));
    await expect(preview(nothing, 'spin', 50)).rejects.toThrow(codeOf('ERR_VIEW_DEADLINE'));
    await expect(
      (await runtime({}, 'no-start')).preview(nothing, 'hello', nothing, 0),
    ).rejects.toThrow(/Failed to get _start function for preview/);
  });
});
