import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stateFolder } from './paths.mjs';

/** What an earlier run noted under `name`, or `undefined` when there is none or it cannot be read. */
export const readStamp = (name) => {
  try {
    return JSON.parse(readFileSync(stampFile(name), 'utf8'));
  } catch {
    return undefined; // no stamp, or half a stamp of a killed run: the work is done again
  }
};

/** Notes that a piece of work is done; written only after it succeeded. */
export const writeStamp = (name, content) => {
  mkdirSync(path.dirname(stampFile(name)), { recursive: true });
  writeFileSync(stampFile(name), `${JSON.stringify(content)}\n`);
};

const stampFile = (name) => path.join(stateFolder, `${name}.json`);
