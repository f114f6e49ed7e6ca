import { defineConfig } from 'tsup';

type Entries = Readonly<Record<string, string>>;

/**
 * The one build recipe of every package.
 *
 * `modules` are what users import: ESM and CJS, with types for both.
 * `programs` are started rather than imported – a command of `bin` (its source begins with
 * `#!/usr/bin/env node`), the file of a worker thread – and come out as ESM without types. A CJS caller
 * starts them just as well: `new URL('./worker.js', import.meta.url)` works in both formats.
 * `after` runs when all is built: for files that are copied as they are.
 * Keep such a `new URL` in files at the root of `src`, and programs at the root of `dist`: shared code
 * lands in chunks there.
 */
export const library = (
  modules: Entries,
  programs: Entries = {},
  after: () => Promise<void> = async () => {},
): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry: { ...modules, ...programs },
    onSuccess: after,
    format: ['esm', 'cjs'],
    target: 'node20',
    esbuildOptions: (options, { format }) => {
      if (format === 'cjs') options.entryPoints = { ...modules };
    },
    dts: {
      entry: { ...modules },
      // Declarations are bundled from plain compiler options: `composite` fails here (TS6307).
      compilerOptions: {
        ignoreDeprecations: '6.0',
        composite: false,
        incremental: false,
        customConditions: [],
      },
    },
    clean: true,
    sourcemap: true,
    treeshake: true,
    splitting: true,
    shims: true,
    removeNodeProtocol: false,
  });
