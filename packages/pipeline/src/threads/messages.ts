import type { LogLevel } from '../contract/ports.js';
import type { PostedError } from './posted-error.js';

/** What a parser thread is started with. */
export interface ParserBoot {
  /** The address of the module that holds the parser. */
  readonly module: string;
  readonly pipeline: string;
  /** One number: which update of the batch is being parsed, from 1 on; 0 = none. */
  readonly progress: SharedArrayBuffer;
}

/** What became of one update of a batch, by number. */
export const Outcome = { parsed: 0, filtered: 1, failed: 2 } as const;

/** What a thread tells: that it is ready, what it logs, its answer to a batch or call. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: PostedError }
  | {
      readonly kind: 'log';
      readonly level: Exclude<LogLevel, 'silent'>;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'parsed';
      readonly outcomes: Uint8Array;
      /** What was parsed, or a {@link PostedError}; nothing for what was filtered. */
      readonly values: readonly unknown[];
    }
  | { readonly kind: 'done' };

/** What a handler thread is asked to do. */
export interface HandlerCall {
  /** The address of the module that holds the handler. */
  readonly module: string;
  readonly pipeline: string;
  readonly handler: string;
  readonly attempt: number;
  readonly value: unknown;
}
