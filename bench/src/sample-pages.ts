import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The sample pages of the repository, without the hostile one. */
export function samplePages(): Buffer[] {
  const folder = fileURLToPath(new URL('../../examples/pages/', import.meta.url));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.html') && !name.startsWith('hostile'))
    .map((name) => readFileSync(folder + name));
}
