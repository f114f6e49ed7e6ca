/**
 * Writes blocks into the store at `argv[2]` until it is killed. Says `begin <height>` before each. With `argv[3]` it
 * kills itself in the middle of that block.
 */
import { writeSync } from 'node:fs';
import { LmdbStore } from '../../src/index.js';
import { entriesOf, hashFor } from './bytes.js';

const [, , folder = '', fatal] = process.argv;
const store = new LmdbStore(folder);
for (let height = (store.mark().tip ?? -1) + 1; ; height++) {
  writeSync(1, `begin ${height}\n`);
  const entries = entriesOf(height);
  if (height === Number(fatal)) {
    const middle = entries[entries.length >> 1] as { value: Uint8Array };
    Object.defineProperty(middle, 'value', { get: () => process.kill(process.pid, 'SIGKILL') });
  }
  store.commit({ height, hash: hashFor(height), entries });
}
