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

/** An indexer and blocks to index. */
export interface IndexSamples {
  readonly indexer: string;
  readonly sampleBlocks: string;
  readonly realBlocks: string | undefined;
}

/** What a checkout has of indexers: undefined in an installed package, and before the first build. */
export function indexSamples(): IndexSamples | undefined {
  const built = path.join(root, 'packages', 'view-runtime', 'dist', 'guests', 'indexer.wasm');
  const indexer = existing(built);
  const sampleBlocks = existing(path.join(root, 'examples', 'blocks'));
  const realBlocks = existing(path.join(root, '..', 'shared', 'data', 'bitcoin'));
  if (indexer === undefined || sampleBlocks === undefined) return undefined;
  return { indexer, sampleBlocks, realBlocks };
}

const existing = (folder: string): string | undefined => (existsSync(folder) ? folder : undefined);
