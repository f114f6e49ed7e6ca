import type { CacheMode } from '../cache/caches.js';
import type { ProgramParts } from '../host/program.js';
import type { Block } from '../runtime/engine.js';
import type { RecyclePolicy } from '../runtime/stateful.js';
import type { StoreLocation } from '../store/store.js';

/** What a thread is told when it starts. */
export interface ThreadSetup {
  readonly program: ProgramParts;
  readonly store: StoreLocation;
  readonly access: 'read' | 'write';
  readonly stateful: 'on' | 'off';
  readonly recycle: RecyclePolicy;
  readonly cache: { readonly mode: CacheMode; readonly limitBytes: number };
  /** Which lines the guest and the engine log are sent home. */
  readonly logging: 'all' | 'warnings';
  /** Where the thread writes its statistics; see `thread-stats`. */
  readonly stats: SharedArrayBuffer;
  /** See `WriteGate`. */
  readonly gate: SharedArrayBuffer;
}

/** What a thread can do; it does one at a time. */
export type ThreadRequest =
  | {
      readonly kind: 'view';
      readonly name: string;
      readonly input: Uint8Array;
      readonly height: number;
    }
  | {
      readonly kind: 'preview';
      readonly block: Uint8Array;
      readonly name: string;
      readonly input: Uint8Array;
      readonly height: number;
    }
  | { readonly kind: 'index'; readonly block: Block }
  | { readonly kind: 'rollback'; readonly height: number };

/** What a thread says. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string }
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly error: SentError };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** An error on its way to another thread. */
export interface SentError {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly cause: { readonly name: string; readonly message: string } | undefined;
}
