/**
 * A keyed pool of open files: at most three are open at once, whichever are read most stay open.
 *
 * Run it with: npx tsx examples/keyed-files.ts
 */
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKeyedPool } from '@rockpool/core';

const folder = await mkdtemp(path.join(tmpdir(), 'rockpool-'));
const names = ['ebb', 'flow', 'neap', 'spring', 'slack'];
await Promise.all(names.map((name) => writeFile(path.join(folder, name), `the ${name} tide`)));

const pool = createKeyedPool<string, FileHandle>(
  {
    create: ({ key }) => open(path.join(folder, key)),
    destroy: (file) => file.close(),
  },
  { name: 'files', maxTotal: 3, maxPerKey: 1 },
);

let opened = 0;
pool.on('create', () => opened++);

const read = (name: string): Promise<string> =>
  pool.use(name, async (file) => {
    const { buffer, bytesRead } = await file.read({ position: 0 });
    return buffer.toString('utf8', 0, bytesRead);
  });

for (const name of names) console.log(await read(name));
console.log(`open now: ${pool.stats().size}, opened so far: ${opened}`);

for (let round = 0; round < 100; round++) await read('slack');
console.log(`after 100 more reads of one file: ${opened}`);

console.log(await Promise.all(names.map(read)).then((texts) => `read at once: ${texts.length}`));
console.log(`never more than 3: ${pool.stats().size <= 3}`);

await pool.close();
await rm(folder, { recursive: true });

// Prints:
// the ebb tide
// the flow tide
// the neap tide
// the spring tide
// the slack tide
// open now: 3, opened so far: 5
// after 100 more reads of one file: 5
// read at once: 5
// never more than 3: true
