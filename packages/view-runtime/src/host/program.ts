import { GuestError, reasonOf } from '../errors.js';
import { exportedSignatures, I32 } from './inspect.js';

/** A compiled module with what the host has to know of it; can be posted to another thread, which compiles nothing. */
export interface ProgramParts {
  readonly module: WebAssembly.Module;
  /** Names of the exports that are views: `() -> i32`; `undefined` when the types could not be read. */
  readonly views: readonly string[] | undefined;
}

/** An indexer: compiled once, instantiated as often as one likes, in any thread. */
export class Program {
  static #compilations = 0;
  readonly #parts: ProgramParts;
  readonly #views: ReadonlySet<string> | undefined;

  private constructor(parts: ProgramParts) {
    this.#parts = parts;
    this.#views = parts.views && new Set(parts.views);
  }

  /** How many modules this thread has compiled. */
  static get compilations(): number {
    return Program.#compilations;
  }

  /**
   * Compiles a module.
   * @throws GuestError `ERR_VIEW_MODULE` when it is not valid WebAssembly
   */
  static async compile(bytes: Uint8Array): Promise<Program> {
    Program.#compilations++;
    try {
      const module = await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
      return new Program({ module, views: viewsOf(bytes) });
    } catch (cause) {
      throw new GuestError(
        'ERR_VIEW_MODULE',
        `the indexer is not a WebAssembly module this Node can run: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  /** Takes over what another thread compiled. */
  static from(parts: ProgramParts): Program {
    return new Program(parts);
  }

  get parts(): ProgramParts {
    return this.#parts;
  }

  get module(): WebAssembly.Module {
    return this.#parts.module;
  }

  /** False: certainly no view. */
  mayBeView(name: string): boolean {
    return this.#views?.has(name) ?? true;
  }
}

function viewsOf(bytes: Uint8Array): readonly string[] | undefined {
  const signatures = exportedSignatures(bytes);
  if (signatures === undefined) return undefined;
  return [...signatures]
    .filter(([, { parameters, results }]) => {
      return parameters.length === 0 && results.length === 1 && results[0] === I32;
    })
    .map(([name]) => name);
}
