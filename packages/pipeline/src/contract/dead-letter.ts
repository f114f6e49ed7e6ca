import type { MaybePromise } from '@rockpool/core';
import type { Update } from './update.js';

/** A value that a handler could not deal with. */
export interface DeadLetter {
  readonly pipeline: string;
  readonly handler: string;
  /** What the last attempt failed with. */
  readonly error: unknown;
  /** Attempts that were made; 0 when an open circuit breaker refused the first. */
  readonly attempts: number;
  readonly value: unknown;
  readonly update: Update;
  /** The frame's bytes as they came in. */
  readonly bytes: Uint8Array;
  /** In ms of the runtime's clock. */
  readonly atMs: number;
}

/** Keeps dead letters. The update counts as dead-lettered, and progress passes it, when `write` has answered. */
export interface DeadLetterSink {
  /** When it throws, the letter is told as an `error` event and the update stays unhandled. */
  write(letter: DeadLetter): MaybePromise<void>;
}

/**
 * What to do with a value when its attempts are used up: `log` it (counted, logged, left out), `drop` it (counted
 * alone), `fail` the pipeline (it goes to `error` and keeps the value: `resume()` tries it again), or write it to a sink.
 */
export type DeadLetterPolicy = 'log' | 'drop' | 'fail' | DeadLetterSink;
