import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { LmdbStore, rootOfEntries } from '../src/index.js';
import { bytes, entriesOf, hashFor, hex, text } from './support/bytes.js';
import { temporaryFolder } from './support/folders.js';
import { exitOf, startSource } from './support/source-process.js';

/** Every key, the root and the marks must be those of the tip, and nothing may be above it. */
async function expectWholeBlock(folder: string): Promise<number> {
  const store = new LmdbStore(folder);
  const { tip = -1 } = store.mark();
  const entries = entriesOf(tip);
  for (const { key, value } of entries) expect(text(store.get(key, 0xffff_ffff))).toBe(text(value));
  expect(hex(store.stateRoot(tip))).toBe(hex(rootOfEntries(entries.map((e) => [e.key, e.value]))));
  expect(hex(store.blockHash(tip))).toBe(hex(hashFor(tip)));
  expect(store.blockHash(tip + 1)).toBeUndefined();
  expect(store.statistics()).toMatchObject({ keys: 200, versions: 200 * (tip + 1) });
  if (tip > 0) expect(text(store.get(bytes('key 7'), tip - 1))).toBe(`7 at ${tip - 1}`);
  await store.close();
  return tip;
}

it('reopens at the last whole block when it was killed in the middle of one', {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder();
  const writer = startSource('block-writer.ts', [folder, '3']);
  writer.stdout?.resume();
  expect(await exitOf(writer)).toBe('SIGKILL');
  expect(await expectWholeBlock(folder)).toBe(2);
});

it('reopens at a whole block whenever it was killed, and goes on from there', {
  timeout: 60_000,
}, async () => {
  const folder = temporaryFolder();
  let tip = -1;
  for (const linesBeforeTheEnd of [2, 7]) {
    const writer = startSource('block-writer.ts', [folder]);
    const exited = exitOf(writer);
    const lines = createInterface({ input: writer.stdout as NodeJS.ReadableStream });
    let last = '';
    for (let seen = 0; seen < linesBeforeTheEnd; seen++) [last] = await once(lines, 'line');
    writer.kill('SIGKILL');
    expect(await exited).toBe('SIGKILL');
    const reopened = await expectWholeBlock(folder);
    // Blocks that the writer had finished are there.
    expect(reopened).toBeGreaterThanOrEqual(Number(last.split(' ')[1]) - 1);
    expect(reopened).toBeGreaterThan(tip);
    tip = reopened;
  }
});
