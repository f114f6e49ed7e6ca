import { fileURLToPath } from 'node:url';

/** The folder of this package: from `src` and from `dist` it is the same way up. */
export const packageRoot: string = fileURLToPath(new URL('../', import.meta.url));
