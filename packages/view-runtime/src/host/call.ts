import type { KeyValue } from '../store/store.js';

/** What a call means by reading and writing: an indexer, a view and a preview differ in nothing else. */
export interface CallMode {
  /** The value the guest is to see; `undefined` if there is none. */
  read(key: Uint8Array): Uint8Array | undefined;
  write(entries: readonly KeyValue[]): void;
}

/** One call of a guest: what goes in, and what the host noticed meanwhile. */
export class Call {
  readonly height: number;
  readonly input: Uint8Array;
  readonly mode: CallMode;
  /** Whether the guest flushed. An indexer that returns without it has not done its work. */
  flushed = false;
  /** A host function was given pointers that lead nowhere, or the guest called `abort`. */
  failedHostCall: string | undefined;
  /** What the store threw in the middle of the call. The guest was ended because of it and is not to blame. */
  hostError: unknown;

  constructor(height: number, input: Uint8Array, mode: CallMode) {
    this.height = height;
    this.input = input;
    this.mode = mode;
  }
}
