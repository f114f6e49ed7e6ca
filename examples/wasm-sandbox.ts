/**
 * A pool of JavaScript sandboxes: QuickJS as a WebAssembly guest. Every script gets a new world at the price of an old one;
 * one without end, or without measure, costs its caller an error and nobody else anything.
 *
 * Run it with: npx tsx examples/wasm-sandbox.ts
 */
import { createRequire } from 'node:module';
import { createWasmPool, type GlueContext, WasmError, WasmProgram } from '@rockpool/wasm-adapter';
import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } from 'quickjs-emscripten';

const { resolve } = createRequire(createRequire(import.meta.url).resolve('quickjs-emscripten'));
const wasm = resolve('@jitl/quickjs-wasmfile-release-sync/wasm');

/** What QuickJS brings along to make an instance; it makes it through the pool. */
async function sandbox(context: GlueContext) {
  const variant = newVariant(RELEASE_SYNC, {
    emscriptenModule: {
      instantiateWasm: (imports, done) => {
        const instance = context.instantiate({ ...imports }) as WebAssembly.Instance;
        done(instance);
        return instance.exports;
      },
    },
  });
  const quickjs = (await newQuickJSWASMModuleFromVariant(variant)).newContext();
  return {
    run: (script: string): string => {
      const result = quickjs.evalCode(script);
      return result.error ? quickjs.dump(result.error).message : String(quickjs.dump(result.value));
    },
  };
}

const program = await WasmProgram.load(wasm, { glue: sandbox, glueState: 'stateless' });
const pool = createWasmPool(program, {
  max: 2,
  deadline: { ms: 1_000 },
  memory: { maxPages: 512 }, // 32 MiB
  coldStartTargetMs: 1_000,
});
console.log(`isolation: ${pool.isolation}`);

const scripts = [
  'globalThis.secret = "of the first caller"; [1, 2, 3].map((n) => n * n).join()',
  'typeof secret',
  'while (true);',
  'const hoard = []; while (true) hoard.push(new Uint8Array(1_000_000));',
  '"the sandbox serves on"',
];
for (const script of scripts) {
  const answer = await pool.call('run', script).catch((error: unknown) => {
    if (WasmError.is(error)) return error.code;
    throw error;
  });
  console.log(answer);
}
const { instantiations, heals, peakPages } = pool.wasmStats();
console.log(
  `${instantiations} instance, put back after a stop ${heals} time, at most ${peakPages} pages`,
);
await pool.close();

// Prints:
// isolation: snapshot
// 1,4,9
// undefined
// ERR_WASM_DEADLINE
// out of memory
// the sandbox serves on
// 1 instance, put back after a stop 1 time, at most 489 pages
