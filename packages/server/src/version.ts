import { readFileSync } from 'node:fs';

// From the file beside `src` and `dist` alike, so that it cannot drift.
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

export const version: string = manifest.version;
