import { WasmAbiError, WasmExportError } from '../errors.js';

/** The exports that carry bytes; see `docs/wasm.md`, "Bytes in, bytes out". */
export interface AbiNames {
  readonly memory: string;
  readonly alloc: string;
  readonly free: string;
}

/**
 * Calls an export with bytes: the host asks `alloc(length)` for room, copies the input there and calls
 * `name(pointer, length)`. The result is an i64 with the pointer in its upper and the length in its lower half (or two
 * i32 results); it is copied out and, if the guest exports `free(pointer, length)`, given back.
 *
 * @throws WasmExportError if an export is missing.
 * @throws WasmAbiError if the guest names bytes outside its memory or answers in another shape.
 */
export function callWithBytes(
  exports: Readonly<Record<string, unknown>>,
  abi: AbiNames,
  name: string,
  input: Uint8Array,
): Uint8Array {
  const memory = exports[abi.memory];
  if (!(memory instanceof WebAssembly.Memory)) {
    throw new WasmExportError(`calls with bytes need a memory exported as \`${abi.memory}\``);
  }
  const alloc = exportedFunction(exports, abi.alloc);
  const call = exportedFunction(exports, name);
  const free =
    typeof exports[abi.free] === 'function' ? exportedFunction(exports, abi.free) : undefined;
  const pointer = (alloc(input.length) as number) >>> 0;
  view(memory, pointer, input.length, `${abi.alloc}(${input.length})`).set(input);
  const { start, length } = readResult(name, call(pointer, input.length));
  const result = view(memory, start, length, `${name}()`).slice();
  free?.(start, length);
  return result;
}

/** An exported function. @throws WasmExportError if there is none, naming those that exist. */
export function exportedFunction(
  exports: Readonly<Record<string, unknown>>,
  name: string,
): (...values: unknown[]) => unknown {
  const found = exports[name];
  if (typeof found === 'function') return found as (...values: unknown[]) => unknown;
  const functions = Object.keys(exports).filter((key) => typeof exports[key] === 'function');
  throw new WasmExportError(
    `the guest exports no function \`${name}\`; it has ${functions.slice(0, 20).join(', ') || 'none'}`,
  );
}

function readResult(name: string, result: unknown): { start: number; length: number } {
  if (typeof result === 'bigint') {
    const bits = BigInt.asUintN(64, result);
    return { start: Number(bits >> 32n), length: Number(bits & 0xffff_ffffn) };
  }
  if (Array.isArray(result) && result.length === 2 && result.every(Number.isInteger)) {
    return { start: (result[0] as number) >>> 0, length: (result[1] as number) >>> 0 };
  }
  throw new WasmAbiError(
    `${name}() must answer with an i64 of pointer and length, or with two i32, not with ${typeof result}`,
  );
}

function view(memory: WebAssembly.Memory, start: number, length: number, what: string): Uint8Array {
  const { byteLength } = memory.buffer;
  if (start + length > byteLength) {
    throw new WasmAbiError(
      `${what} points outside the guest's memory: ${length} bytes at ${start}, memory ends at ${byteLength}`,
    );
  }
  return new Uint8Array(memory.buffer, start, length);
}
