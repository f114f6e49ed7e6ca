import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(
  new URL('../../../../../shared/data/bitcoin/block-849236.bin', import.meta.url),
);

/** A real block of Bitcoin, where there is one beside the repository. */
export const realBlock: string | undefined = existsSync(path) ? path : undefined;
