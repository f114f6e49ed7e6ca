import { GuestError, reasonOf } from '../errors.js';
import { bufferAt, writeU32 } from './buffers.js';
import type { Call } from './call.js';
import { readFlush } from './flush-message.js';
import type { Program } from './program.js';
import { trap } from './trap.js';

/** What a guest prints with `__log`, as it prints it: without a newline at the end. */
export type GuestLog = (text: string) => void;

/** What the length of a value is when the pointer to the key leads nowhere. */
const INVALID_LENGTH = 0x7fff_ffff;
const PAGE_BYTES = 65_536;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * The host functions of metashrew, in the module `env`, for the guests of one thread. Calls are synchronous and do not
 * nest, so there is at most one call and one memory at a time.
 */
export class Host {
  readonly #program: Program;
  readonly #log: GuestLog;
  readonly #imports: WebAssembly.Imports;
  #call: Call | undefined;
  #memory: WebAssembly.Memory | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #instances = 0;

  constructor(program: Program, log: GuestLog) {
    this.#program = program;
    this.#log = log;
    this.#imports = this.#importsOf(program.module);
  }

  /** How many instances were made. */
  get instances(): number {
    return this.#instances;
  }

  /**
   * Makes an instance. A start section may read its input already, so the call has to be known.
   * @throws GuestError `ERR_VIEW_INSTANCE`
   */
  instantiate(call: Call): Guest {
    return this.#during(call, undefined, () => {
      try {
        const instance = new WebAssembly.Instance(this.#program.module, this.#imports);
        this.#instances++;
        return new Guest(instance);
      } catch (cause) {
        throw new GuestError(
          'ERR_VIEW_INSTANCE',
          `the indexer cannot be instantiated: ${reasonOf(cause)}`,
          { cause },
        );
      }
    });
  }

  /**
   * Runs an exported function that takes nothing.
   * @returns what it returned
   * @throws whatever the guest throws; usually a `WebAssembly.RuntimeError`
   */
  run(guest: Guest, run: () => unknown, call: Call): unknown {
    return this.#during(call, guest.memory, run);
  }

  #during<Result>(call: Call, memory: WebAssembly.Memory | undefined, run: () => Result): Result {
    this.#call = call;
    this.#memory = memory;
    try {
      return run();
    } finally {
      this.#call = undefined;
      this.#memory = undefined;
      this.#bytes = NO_BYTES;
    }
  }

  #importsOf(module: WebAssembly.Module): WebAssembly.Imports {
    const known = this.#functions();
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      // Memories, tables and globals are not provided: instantiation tells which one is missing.
      if (kind !== 'function') continue;
      const group = imports[from] ?? {};
      group[name] = (from === 'env' ? known[name] : undefined) ?? unknownImport(from, name);
      imports[from] = group;
    }
    return imports;
  }

  #functions(): Record<string, (...values: number[]) => number | void> {
    return {
      __host_len: () => this.#current().input.length + 4,
      __load_input: (pointer = 0) => this.#loadInput(pointer >>> 0),
      __get_len: (pointer = 0) => {
        const key = bufferAt(this.#view(), pointer);
        if (key === undefined) return INVALID_LENGTH;
        return this.#read(key)?.length ?? 0;
      },
      __get: (keyPointer = 0, valuePointer = 0) => this.#get(keyPointer, valuePointer >>> 0),
      __flush: (pointer = 0) => this.#flush(pointer),
      __log: (pointer = 0) => this.#print(pointer),
      // AssemblyScript traps right after it; other guests may go on, and the host does not stop them.
      abort: () => this.#fail('abort'),
    };
  }

  #loadInput(pointer: number): void {
    const { height, input } = this.#current();
    const memory = this.#view();
    if (pointer + 4 + input.length > memory.length) {
      this.#fail('__load_input');
      return;
    }
    writeU32(memory, pointer, height);
    memory.set(input, pointer + 4);
  }

  #get(keyPointer: number, valuePointer: number): void {
    const memory = this.#view();
    const key = bufferAt(memory, keyPointer);
    if (key === undefined) {
      if (valuePointer < 4 || valuePointer > memory.length) this.#fail('__get');
      else writeU32(memory, valuePointer - 4, INVALID_LENGTH);
      return;
    }
    const value = this.#read(key);
    if (value === undefined) return;
    if (valuePointer + value.length > memory.length) this.#fail('__get');
    else memory.set(value, valuePointer);
  }

  #read(key: Uint8Array): Uint8Array | undefined {
    const call = this.#current();
    try {
      return call.mode.read(key);
    } catch (error) {
      call.hostError = error;
      return trap('the store could not be read');
    }
  }

  #flush(pointer: number): void {
    const message = bufferAt(this.#view(), pointer);
    const entries = message && readFlush(message);
    if (entries === undefined) {
      this.#fail('__flush');
      return;
    }
    const call = this.#current();
    call.mode.write(entries);
    call.flushed = true;
  }

  #print(pointer: number): void {
    const bytes = bufferAt(this.#view(), pointer);
    const text = bytes && textOf(bytes);
    if (text !== undefined) this.#log(text);
  }

  #fail(what: string): void {
    this.#current().failedHostCall ??= what;
  }

  #current(): Call {
    if (this.#call === undefined) throw new Error('bug in rockpool: a guest runs without a call');
    return this.#call;
  }

  /** The memory may have grown since the last host function, which leaves the old bytes detached. */
  #view(): Uint8Array {
    const buffer = this.#memory?.buffer;
    if (buffer === undefined) return NO_BYTES;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }
}

/** One instance of an indexer. */
export class Guest {
  readonly #exports: WebAssembly.Exports;
  readonly memory: WebAssembly.Memory | undefined;
  #bytes: Uint8Array = NO_BYTES;

  constructor(instance: WebAssembly.Instance) {
    this.#exports = instance.exports;
    const { memory } = instance.exports as { memory?: unknown };
    this.memory = memory instanceof WebAssembly.Memory ? memory : undefined;
  }

  get pages(): number {
    return (this.memory?.buffer.byteLength ?? 0) / PAGE_BYTES;
  }

  function(name: string): (() => unknown) | undefined {
    const found = Object.hasOwn(this.#exports, name) ? this.#exports[name] : undefined;
    return typeof found === 'function' && found.length === 0 ? (found as () => unknown) : undefined;
  }

  /** The bytes of the buffer that `pointer` leads to; a copy. An invalid pointer leads to no bytes, which is no error. */
  resultAt(pointer: number): Uint8Array | undefined {
    if (this.memory === undefined) return undefined;
    const { buffer } = this.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return bufferAt(this.#bytes, pointer)?.slice() ?? new Uint8Array(0);
  }

  /** The number of the global or function of that name. */
  numberOf(name: string): number | undefined {
    const found = Object.hasOwn(this.#exports, name) ? this.#exports[name] : undefined;
    return found instanceof WebAssembly.Global ? Number(found.value) : undefined;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** `undefined` for bytes that are not UTF-8: metashrew prints nothing then. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Traps rather than throws: a guest could catch what JavaScript throws. */
function unknownImport(from: string, name: string): () => never {
  return () => trap(`unknown import: \`${from}::${name}\` has not been defined`);
}
