import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Real data is used where it is there, beside the repository or where the variable says; nothing depends on it. */
const FOLDER =
  process.env['ROCKPOOL_DATA'] ??
  fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** A file of the Yellowstone data, or undefined where there is none. */
export function realData(name: string): Uint8Array | undefined {
  const file = path.join(FOLDER, 'yellowstone', name);
  return existsSync(file) ? readFileSync(file) : undefined;
}
