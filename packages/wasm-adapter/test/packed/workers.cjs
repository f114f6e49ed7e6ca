// Run by `npm run check -- packages` against the packed package: workers must find their file in the CommonJS build.
const assert = require('node:assert/strict');
const path = require('node:path');

// `require` of the package takes the ESM build where Node can; the file itself is always CommonJS.
const entry = path.join(
  __dirname,
  'node_modules',
  '@rockpool',
  'wasm-adapter',
  'dist',
  'index.cjs',
);
const { createWasmPool, WasmProgram } = require(entry);

const bytes = Buffer.from(
  'AGFzbQEAAAABCgJgAn9/AX9gAAADAwIAAQcOAgNhZGQAAARzcGluAAEKEQIHACAAIAFqCwcAA0AMAAsL',
  'base64',
);

async function main() {
  const program = await WasmProgram.load(bytes);
  for (const execution of ['in-thread', 'worker']) {
    const pool = createWasmPool(program, {
      execution,
      max: 1,
      deadline: { ms: 100 },
      onWarning: () => undefined,
    });
    assert.equal(await pool.call('add', 20, 22), 42);
    await assert.rejects(pool.call('spin'), { code: 'ERR_WASM_DEADLINE' });
    assert.equal(await pool.call('add', 1, 2), 3);
    await pool.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
