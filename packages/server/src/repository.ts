import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// From `src` and from `dist` it is the same way up; in an installed package it leads nowhere of interest.
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folders of pages that a checkout of the repository has at hand: its samples, and real pages beside it. */
export function pageFolders(): { samples: string | undefined; real: string | undefined } {
  return {
    samples: existing(path.join(root, 'examples', 'pages')),
    real: existing(path.join(root, '..', 'shared', 'data', 'html')),
  };
}

const existing = (folder: string): string | undefined => (existsSync(folder) ? folder : undefined);
