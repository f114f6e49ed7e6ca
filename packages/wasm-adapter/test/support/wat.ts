import wabtFactory from 'wabt';

const wabt = await wabtFactory();

/** Assembles WebAssembly text, with every feature that wabt knows. */
export function wat(text: string): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat('test.wat', text, {
    bulk_memory: true,
    memory64: true,
    threads: true,
    exceptions: true,
    mutable_globals: true,
    reference_types: true,
    simd: true,
    tail_call: true,
    ...{ multi_memory: true }, // known to wabt, not to its types
  });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}
