import { defineConfig } from 'tsup';

/** The one build recipe of every package: ESM and CJS with types for both. */
export const library = (entry: Record<string, string>): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry,
    format: ['esm', 'cjs'],
    target: 'node20',
    // Declarations are bundled from plain compiler options: `composite` fails here (TS6307).
    dts: {
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
