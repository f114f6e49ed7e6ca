import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests run from source: no build has to be up to date. Otherwise as Node does: `module` is for bundlers.
const conditions = ['@rockpool/source', 'node', 'import', 'default'];

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    // Room for a loaded two-core machine; nothing waits this long on purpose.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // By default one core is left to whoever watches; on two cores that is half of them.
    maxWorkers: '100%',
    // What tests leave in caches stays in the repository.
    env: { XDG_CACHE_HOME: fileURLToPath(new URL('.rockpool/test-cache', import.meta.url)) },
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'integration', include: ['{test,bench,examples,demo}/**/*.test.ts'] },
      },
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**'] },
  },
});
