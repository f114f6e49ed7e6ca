import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import type { GlueContext } from '@rockpool/wasm-adapter';

/**
 * A guest without Rockpool: its module as it came, compiled once, its glue evaluated anew for each instance. What a
 * careful user would write by hand.
 */
export class OriginalContext implements GlueContext {
  readonly WebAssembly: object;
  readonly #bytes: Uint8Array;
  readonly #module: WebAssembly.Module;

  constructor(bytes: Uint8Array, module: WebAssembly.Module) {
    this.#bytes = bytes;
    this.#module = module;
    const instantiate = async (_source: unknown, imports: WebAssembly.Imports) => ({
      instance: new WebAssembly.Instance(module, imports),
      module,
    });
    // Glue calls `new WebAssembly.Module(bytes)`: it gets the module that is compiled already.
    function Module(): WebAssembly.Module {
      return module;
    }
    Module.prototype = WebAssembly.Module.prototype;
    this.WebAssembly = Object.create(WebAssembly, {
      Module: { value: Module },
      instantiate: { value: instantiate },
    }) as object;
  }

  instantiate(imports: Record<string, unknown>): WebAssembly.Instance {
    return new WebAssembly.Instance(this.#module, imports as unknown as WebAssembly.Imports);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  keep(): void {}

  require(file: string | URL): unknown {
    return this.#load(String(file));
  }

  #load(file: string): unknown {
    const outer = createRequire(file);
    const module = { exports: {} as unknown };
    const inner = (request: string): unknown => {
      if (!request.startsWith('.') && !isAbsolute(request)) return outer(request);
      return this.#load(outer.resolve(resolve(dirname(file), request)));
    };
    sourceOf(file).call(
      module.exports,
      module.exports,
      Object.assign(inner, { resolve: outer.resolve }),
      module,
      file,
      dirname(file),
      this.WebAssembly,
    );
    return module.exports;
  }
}

type Evaluate = (this: unknown, ...values: unknown[]) => void;

const sources = new Map<string, string>();

function sourceOf(file: string): Evaluate {
  const text = sources.get(file) ?? readFileSync(file, 'utf8');
  sources.set(file, text);
  const names = ['exports', 'require', 'module', '__filename', '__dirname', 'WebAssembly'];
  return compileFunction(text, names, { filename: file }) as Evaluate;
}
