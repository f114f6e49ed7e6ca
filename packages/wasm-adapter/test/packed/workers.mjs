// Run by `npm run check -- packages` against the packed package: workers must find their file in the ESM build.
import assert from 'node:assert/strict';
import { createWasmPool, WasmProgram } from '@rockpool/wasm-adapter';

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
//         (func (export "spin") (loop br 0)))
const bytes = Buffer.from(
  'AGFzbQEAAAABCgJgAn9/AX9gAAADAwIAAQcOAgNhZGQAAARzcGluAAEKEQIHACAAIAFqCwcAA0AMAAsL',
  'base64',
);
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
