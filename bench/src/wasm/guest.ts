import type { WasmInstance, WasmProgram } from '@rockpool/wasm-adapter';

/** A call that every guest offers: text in, text out. */
export interface TextApi {
  call(input: string): string;
}

/** A real guest, with Rockpool and without. */
export interface Guest {
  readonly title: string;
  readonly input: string;
  load(metering: 'metered' | 'epoch' | 'unmetered'): Promise<WasmProgram<object>>;
  /** The call on an instance of a pool. */
  use(instance: WasmInstance): string;
  /** The call on the functions of an instance. */
  warmUp(api: object): void;
  /** Prepares what instances share; the result makes one instance without Rockpool. */
  original(): Promise<() => Promise<TextApi>>;
}
