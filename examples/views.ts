/**
 * An indexer of blocks and its views: indexed from files, answered in parallel, correct through a reorganisation.
 *
 * Run it with: npx tsx examples/views.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BlockFolder,
  blockHashOf,
  followBlocks,
  LmdbStore,
  MetashrewRuntime,
  ViewPool,
} from '@rockpool/view-runtime';
import { sampleBlocks } from '@rockpool/view-runtime/testing';
// Yours would be a file: './indexer.wasm'.
import { guestPath } from '../packages/view-runtime/fixtures/build.mjs';

const folder = mkdtempSync(join(tmpdir(), 'rockpool-example-'));
const store = new LmdbStore(folder);
const runtime = await MetashrewRuntime.load(await guestPath('indexer'), { store });
const source = await BlockFolder.open(join(import.meta.dirname, 'blocks'));
await followBlocks({ source, indexer: runtime, store });
console.log(`indexed up to ${store.mark().tip}`);

const pool = await ViewPool.create(runtime, { poolSize: 2 });
const numberIn = (answer: Uint8Array): number => Buffer.from(answer).readUInt32LE();
const transactions = async (height: number): Promise<number> =>
  numberIn(await pool.view('transactioncount', new Uint8Array(0), height));

const heights = [0, 3, 6, 9, 11];
console.log(`transactions: ${(await Promise.all(heights.map(transactions))).join(' ')}`);

const loop = pool.view('spin', new Uint8Array(0), 11, { deadlineMs: 50 });
const [stopped, beside] = await Promise.all([
  loop.catch((error: { code: string }) => error.code),
  transactions(11),
]);
console.log(`a loop: ${stopped}, and beside it: ${beside}`);

// The chain takes its last two blocks back and goes on with one block of another branch.
await runtime.rollback(9);
const after = await source.blockAt(await source.hashAt(9), 9);
const [other] = sampleBlocks(1, { after, firstHeight: 10, branch: 'other' });
if (other !== undefined) await runtime.run({ height: 10, hash: blockHashOf(other), bytes: other });
const seen = await Promise.all([11, 10, 9].map(transactions));
console.log(`after the reorganisation: ${seen.join(' ')}`);

const { succeeded, deadlines } = pool.stats().extras ?? {};
console.log(`${succeeded} answered, ${deadlines} stopped`);
await pool.close();
await store.close();
rmSync(folder, { recursive: true });

// Prints:
// indexed up to 11
// transactions: 1 10 16 23 30
// a loop: ERR_VIEW_DEADLINE, and beside it: 30
// after the reorganisation: 26 26 23
// 9 answered, 1 stopped
