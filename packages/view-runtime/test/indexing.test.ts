import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ManualClock } from '@rockpool/core/testing';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  BitcoinRpc,
  BlockFolder,
  type BlockSource,
  blockHashOf,
  type FollowerOptions,
  followBlocks,
  IndexingThread,
  MemoryStore,
  MetashrewRuntime,
  previousHashOf,
} from '../src/index.js';
import { pendingBlockFrom } from '../src/indexing/pending-block.js';
import { BitcoinNode, sampleBlocks } from '../src/testing/index.js';
import { bitcoinBlock, bitcoinChain } from './support/bitcoin-chain.js';
import { bytes, hex, text } from './support/bytes.js';
import { nothing, numberOf, order, u32, writing } from './support/chain.js';
import { temporaryFolder } from './support/folders.js';
import { guestBytes } from './support/guests.js';
import { indexedRuntime, poolOn } from './support/pools.js';
import { realBlock } from './support/real-block.js';
import { RecordingLogger } from './support/recording-logger.js';
import { workerUrl } from './support/worker-bundle.js';

let module: Uint8Array;
beforeAll(async () => {
  module = await guestBytes('indexer');
}, 120_000);

const codeOf = (code: string) => expect.objectContaining({ code });

async function follow(
  source: BlockSource,
  options: Partial<FollowerOptions> = {},
  signal?: AbortSignal,
) {
  const indexer = await MetashrewRuntime.new(module);
  const { store } = indexer;
  const going = followBlocks({ source, indexer, store, ...options }, signal);
  return { indexer, store, going };
}

async function nodeOf(blocks: Uint8Array[]): Promise<BitcoinNode> {
  const node = await BitcoinNode.start(blocks);
  onTestFinished(() => node.close());
  return node;
}

const rpcOf = (node: BitcoinNode) =>
  new BitcoinRpc({ url: node.url, auth: node.auth, initialDelayMs: 1, maxDelayMs: 2 });

describe('a Bitcoin node', () => {
  it('is indexed up to the block that was asked for', async () => {
    const node = await nodeOf(bitcoinChain(8, 'main'));
    const { indexer, store, going } = await follow(rpcOf(node), { startBlock: 2, exitAt: 5 });
    await going;
    expect(store.mark().tip).toBe(5);
    expect(store.blockHash(1)).toBeUndefined();
    expect(hex(store.blockHash(5))).toBe(hex(blockHashOf(node.blocks[5]!)));
    expect(numberOf(await indexer.view('transactioncount', nothing, 5))).toBe(12);
    expect(hex(await indexer.view('getblock', u32(3), 5))).toBe(hex(node.blocks[3]));
  });

  it('is asked again when it does not answer, is warming up, or talks nonsense', async () => {
    const node = await nodeOf(bitcoinChain(1, 'main'));
    node.faults.push('drop', 'warming up', 'garbage');
    expect(await rpcOf(node).tip()).toBe(0);
    expect(node.calls).toHaveLength(4);
  });

  it('is given up after five attempts, and at once when it refuses', async () => {
    const node = await nodeOf(bitcoinChain(1, 'main'));
    node.faults.push('drop', 'drop', 'drop', 'drop', 'drop');
    await expect(rpcOf(node).tip()).rejects.toThrow(codeOf('ERR_INDEX_UNREACHABLE'));
    expect(node.calls).toHaveLength(5);
    await expect(rpcOf(node).hashAt(99)).rejects.toThrow(/Block height out of range \(-8\)/);
    expect(node.calls).toHaveLength(6);
    node.auth = 'user:secret';
    await expect(new BitcoinRpc({ url: node.url }).tip()).rejects.toThrow(
      /give --auth user:password/,
    );
    const withUser = node.url.replace('//', '//user:secret@');
    expect(await new BitcoinRpc({ url: withUser }).tip()).toBe(0);
    expect(() => new BitcoinRpc({ url: 'nonsense' })).toThrow(codeOf('ERR_INDEX_SOURCE'));
  });

  it('is asked for new blocks every now and then', async () => {
    const node = await nodeOf(bitcoinChain(2, 'main'));
    const clock = new ManualClock();
    const { store, going } = await follow(rpcOf(node), { exitAt: 3, pollMs: 1_000, clock });
    await vi.waitFor(() => expect(clock.pending).toBe(1), 20_000);
    expect(store.mark().tip).toBe(1);
    node.blocks.push(...bitcoinChain(2, 'more', node.blocks[1]));
    await clock.advance(1_000);
    await going;
    expect(store.mark().tip).toBe(3);
  });

  it('is waited for when it goes away, but not when it was never there', async () => {
    const node = await nodeOf(bitcoinChain(2, 'main'));
    const clock = new ManualClock();
    const logger = new RecordingLogger();
    const { store, going } = await follow(rpcOf(node), { exitAt: 2, clock, logger });
    await vi.waitFor(() => expect(clock.pending).toBe(1), 20_000);
    node.faults.push(...Array(5).fill('drop'));
    await clock.advance(1_000);
    await vi.waitFor(() => expect(logger.lines).toHaveLength(1), 20_000);
    expect(logger.lines[0]).toMatch(/^warn the node at .* does not answer .*; it is asked again$/);
    node.blocks.push(...bitcoinChain(1, 'more', node.blocks[1]));
    await vi.waitFor(() => expect(clock.pending).toBe(1), 20_000);
    await clock.advance(1_000);
    await going;
    expect(store.mark().tip).toBe(2);
    const nowhere = await nodeOf([]);
    const source = rpcOf(nowhere);
    nowhere.faults.push(...Array(5).fill('drop'));
    const never = await follow(source);
    await expect(never.going).rejects.toThrow(codeOf('ERR_INDEX_UNREACHABLE'));
  });

  it('ends in the middle of waiting when it is told to', async () => {
    const node = await nodeOf(bitcoinChain(1, 'main'));
    const clock = new ManualClock();
    const stop = new AbortController();
    const { going } = await follow(rpcOf(node), { clock }, stop.signal);
    await vi.waitFor(() => expect(clock.pending).toBe(1), 20_000);
    stop.abort();
    await going;
    expect(clock.pending).toBe(0);
  });
});

describe('the block to come', () => {
  it('is put together from what the node would mine', async () => {
    const chain = sampleBlocks(4);
    const node = await nodeOf(chain);
    node.mempool = [bytes('one'), bytes('two'), bytes('three')];
    const { height, previousHash, bytes: block } = await rpcOf(node).pendingBlock();
    expect(height).toBe(4);
    expect(hex(previousHash)).toBe(hex(blockHashOf(chain[3]!)));
    expect(hex(previousHashOf(block))).toBe(hex(previousHash));
    expect(block[80]).toBe(4);
    expect(text(block.slice(-11))).toBe('onetwothree');
    const indexer = await MetashrewRuntime.new(module);
    for (const [at, each] of chain.entries()) {
      await indexer.run({ height: at, hash: blockHashOf(each), bytes: each });
    }
    const count = await indexer.preview(block, 'transactioncount', nothing, 3);
    expect(numberOf(count)).toBe(1 + 2 + 3 + 4 + 4);
  });

  it('has a coinbase that names its height and commits to the witnesses', () => {
    const txid = (digit: string) => digit.repeat(64);
    const { bytes: block } = pendingBlockFrom({
      version: 0x2000_0000,
      previousblockhash: txid('a'),
      transactions: [],
      coinbasevalue: 312_500_000,
      curtime: 1,
      bits: '207fffff',
      height: 849_236,
      default_witness_commitment: `6a24aa21a9ed${txid('b')}`,
    });
    const coinbase = Buffer.from(block.slice(81));
    expect(coinbase.subarray(4, 6)).toEqual(Buffer.of(0, 1));
    // BIP 34: the height, pushed as three bytes.
    expect(coinbase.subarray(43, 48)).toEqual(Buffer.of(4, 3, 0x54, 0xf5, 0x0c));
    const bare = Buffer.concat([
      coinbase.subarray(0, 4),
      coinbase.subarray(6, -38),
      coinbase.subarray(-4),
    ]);
    const sha = (data: Uint8Array) => createHash('sha256').update(data).digest();
    expect(hex(block.slice(36, 68))).toBe(hex(sha(sha(bare))));
    expect(hex(coinbase)).toContain(`6a24aa21a9ed${txid('b')}`);
    expect(() => pendingBlockFrom({ height: 'x' })).toThrow(codeOf('ERR_INDEX_SOURCE'));
  });
});

describe('a reorganisation', () => {
  it.each([1, 3])('of %i blocks is found, taken back and replaced', async (depth) => {
    const node = await nodeOf(bitcoinChain(6, 'main'));
    const clock = new ManualClock();
    const { indexer, store, going } = await follow(rpcOf(node), { exitAt: 6, clock });
    await vi.waitFor(() => expect(clock.pending).toBe(1), 20_000);
    const fork = 6 - depth;
    const before = await indexer.view('transactioncount', nothing, 5);
    const kept = node.blocks.slice(0, fork);
    node.blocks = [...kept, ...bitcoinChain(depth + 1, 'other', kept.at(-1))];
    await clock.advance(1_000);
    await going;
    for (let height = 0; height <= 6; height++) {
      expect(hex(store.blockHash(height))).toBe(hex(blockHashOf(node.blocks[height]!)));
      expect(hex(await indexer.view('getblock', u32(height), 6))).toBe(hex(node.blocks[height]));
    }
    expect(numberOf(before)).toBe(18);
    expect(numberOf(await indexer.view('transactioncount', nothing, 6))).toBe(21);
    expect(store.mark().reorganisations).toBe(1);
  });

  it('is noticed though the new chain is not longer', async () => {
    const node = await nodeOf(bitcoinChain(3, 'main'));
    const clock = new ManualClock();
    const stop = new AbortController();
    const { store, going } = await follow(rpcOf(node), { clock }, stop.signal);
    await vi.waitFor(() => expect(clock.pending).toBe(1), 20_000);
    node.blocks = [...node.blocks.slice(0, 2), bitcoinBlock(node.blocks[1], 'other')];
    await clock.advance(1_000);
    await vi.waitFor(
      () => expect(hex(store.blockHash(2))).toBe(hex(blockHashOf(node.blocks[2]!))),
      20_000,
    );
    stop.abort();
    await going;
  });

  it('deeper than is allowed is an error and takes nothing back', async () => {
    const node = await nodeOf(bitcoinChain(6, 'main'));
    const { indexer, store, going } = await follow(rpcOf(node), { exitAt: 5 });
    await going;
    node.blocks = bitcoinChain(7, 'another world');
    const again = followBlocks({ source: rpcOf(node), indexer, store, maxReorgDepth: 3 });
    await expect(again).rejects.toThrow(codeOf('ERR_INDEX_REORGANISATION'));
    expect(store.mark().tip).toBe(5);
  });
});

describe('block files', () => {
  it('are indexed by the heights in their names, raw and in hex', async () => {
    const folder = temporaryFolder();
    const chain = bitcoinChain(3, 'files');
    writeFileSync(path.join(folder, 'block-00007.bin'), chain[0]!);
    writeFileSync(path.join(folder, '8.hex'), `${hex(chain[1])}\n`);
    writeFileSync(path.join(folder, 'blk-9.dat'), chain[2]!);
    writeFileSync(path.join(folder, 'README.md'), 'not a block');
    const { store, going } = await follow(await BlockFolder.open(folder));
    await going;
    expect(store.mark().tip).toBe(9);
    expect(hex(store.blockHash(7))).toBe(hex(blockHashOf(chain[0]!)));
  });

  it('must be there, without gaps, and one for each height', async () => {
    const folder = temporaryFolder();
    await expect(BlockFolder.open(folder)).rejects.toThrow(/holds no blocks/);
    await expect(BlockFolder.open(path.join(folder, 'missing'))).rejects.toThrow(
      codeOf('ERR_INDEX_SOURCE'),
    );
    writeFileSync(path.join(folder, '1.bin'), nothing);
    writeFileSync(path.join(folder, '3.bin'), nothing);
    await expect(BlockFolder.open(folder)).rejects.toThrow(/no block 2/);
    writeFileSync(path.join(folder, '3.hex'), nothing);
    await expect(BlockFolder.open(folder)).rejects.toThrow(/both block 3/);
  });

  it('that do not follow each other are refused', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, '0.bin'), bitcoinBlock(undefined, 'one'));
    writeFileSync(path.join(folder, '1.bin'), bitcoinBlock(undefined, 'another'));
    const { store, going } = await follow(await BlockFolder.open(folder));
    await expect(going).rejects.toThrow(/does not follow its own block 0/);
    expect(store.mark().tip).toBe(0);
  });

  it.skipIf(realBlock === undefined)('may be real ones', async () => {
    const folder = temporaryFolder();
    copyFileSync(realBlock as string, path.join(folder, path.basename(realBlock as string)));
    const { store, going } = await follow(await BlockFolder.open(folder));
    await going;
    const shown = hex(store.blockHash(849_236));
    expect(shown).toMatch(/^0{19}/);
    expect(hex(previousHashOf(readFileSync(realBlock as string)))).toMatch(/^0{19}/);
  });
});

it.skipIf(realBlock === undefined)('a node may serve real blocks', async () => {
  const block = readFileSync(realBlock as string);
  const node = await BitcoinNode.start([block], { firstHeight: 849_236 });
  onTestFinished(() => node.close());
  const options = { startBlock: 849_236, exitAt: 849_236 };
  const { indexer, store, going } = await follow(rpcOf(node), options);
  await going;
  expect(hex(store.blockHash(849_236))).toBe(hex(blockHashOf(block)));
  expect(numberOf(await indexer.view('transactioncount', nothing, 849_236))).toBe(2_410);
});

describe('indexing in a thread', { timeout: 60_000 }, () => {
  it('is what a runtime does, and what readers here see at once', async () => {
    const runtime = await indexedRuntime(0);
    const thread = await IndexingThread.start(runtime, { workerUrl: await workerUrl() });
    onTestFinished(() => thread.close());
    const mirror = await MetashrewRuntime.new(module);
    for (let height = 0; height < 3; height++) {
      const block = writing(height, { a: `a${height}` });
      const indexed = await thread.run(block);
      expect(hex(indexed.stateRoot)).toBe(hex((await mirror.run(block)).stateRoot));
      expect(text(await runtime.view('getvalue', bytes('a'), height))).toBe(`a${height}`);
    }
    expect(await thread.rollback(0)).toBe(2);
    expect(runtime.store.mark().tip).toBe(0);
    await expect(thread.run(order(1, 'bop!'))).rejects.toThrow(codeOf('ERR_INDEX_TRAP'));
    expect((await thread.run(writing(1, {}))).height).toBe(1);
  });

  it('needs a store that another thread can open', async () => {
    const runtime = await MetashrewRuntime.new(module, { store: new MemoryStore() });
    await expect(IndexingThread.start(runtime)).rejects.toThrow(codeOf('ERR_VIEW_THREAD'));
  });

  it('holds up no view: many are answered while one block is indexed', async () => {
    const runtime = await indexedRuntime(1);
    const thread = await IndexingThread.start(runtime, { workerUrl: await workerUrl() });
    onTestFinished(() => thread.close());
    const pool = await poolOn(runtime, { poolSize: 1 });
    let state: 'indexing' | 'done' = 'indexing';
    const block = thread.run(order(1, 'slw!', 200_000)).then(() => {
      state = 'done';
    });
    let during = 0;
    for (let i = 0; i < 20; i++) {
      await pool.view('tiny', nothing, 0);
      if ((state as string) === 'indexing') during++;
    }
    await block;
    expect(during).toBe(20);
  });
});
