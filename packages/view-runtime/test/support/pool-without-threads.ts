/** Has the indexer at `argv[2]` and a folder for its index at `argv[3]`, but no program for threads. */
import { LmdbStore, MetashrewRuntime, MetashrewRuntimeAdapter } from '../../src/index.js';

const [, , indexer = '', folder = ''] = process.argv;
const store = new LmdbStore(folder);
const adapter = new MetashrewRuntimeAdapter(await MetashrewRuntime.load(indexer, { store }));
const workerUrl = new URL('./no-such-worker.mjs', import.meta.url);
const where = await adapter.initializeViewPool({ poolSize: 2, workerUrl });
const answer = await adapter.view('tiny', new Uint8Array(0), 0);
process.stdout.write(`${where} ${Buffer.from(answer).toString()}\n`);
await store.close();
