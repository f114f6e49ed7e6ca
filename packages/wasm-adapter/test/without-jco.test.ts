import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { extractorPath } from './support/built-guests.js';

const run = promisify(execFile);
const source = fileURLToPath(new URL('..', import.meta.url));
// The real path, so that the bundle does not find packages through a link.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rockpool-without-jco-')));

/** An installation of the package with what it depends on, and nothing that is optional. */
beforeAll(() => {
  for (const name of ['lru-cache', 'zod']) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(source, 'node_modules', name)), link, 'junction');
  }
  const require = createRequire(import.meta.url);
  const { buildSync } = createRequire(require.resolve('tsx'))('esbuild') as {
    buildSync(options: object): void;
  };
  buildSync({
    entryPoints: [join(source, 'src', 'index.ts')],
    outfile: join(folder, 'wasm-adapter.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@rockpool/source'],
    external: ['lru-cache', 'zod'],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

it('refuses a component with what to install when jco is not installed, and goes on with core modules', async () => {
  const component = await extractorPath();
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { createWasmPool, WasmProgram } from './wasm-adapter.mjs';
const refusal = await WasmProgram.load(${JSON.stringify(component)}).catch((error) => error);
const empty = await WasmProgram.load(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
const pool = createWasmPool(empty, { backend: 'os-tracked', max: 1, onWarning: () => undefined });
await pool.use(() => undefined);
const { backend } = pool.wasmStats();
await pool.close();
console.log(JSON.stringify({ code: refusal.code, message: refusal.message, cause: String(refusal.cause), backend }));
`,
  );
  // pnpm starts its commands with a NODE_PATH that leads to every package of the workspace.
  const env = { ...process.env, NODE_PATH: '' };
  const { stdout } = await run(process.execPath, ['main.mjs'], { cwd: folder, env });
  expect(JSON.parse(stdout)).toEqual({
    code: 'ERR_WASM_COMPONENT_SUPPORT',
    message: expect.stringMatching(/npm install @bytecodealliance\/jco/),
    cause: expect.stringMatching(/Cannot find package '@bytecodealliance\/jco'/),
    // koffi is not installed either; Node 26 has a way of its own.
    backend: expect.stringMatching(
      Number(process.versions.node.split('.')[0]) < 26 ? /portable/ : /./,
    ),
  });
}, 60_000);
