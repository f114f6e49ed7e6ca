import type { MaybePromise } from '@rockpool/core';
import type { BatchOptions } from './options.js';
import type { InitContext } from './parser.js';
import type { Cache, Logger } from './ports.js';
import type { Key, Update } from './update.js';

/** What a handler gets beside the value; made anew for each attempt. */
export interface HandlerContext {
  readonly pipeline: string;
  readonly handler: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The key of the order, where the pipeline keeps one by key. */
  readonly key: Key | undefined;
  /** Aborted when the attempt has run out of time, or when the runtime gives up. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly cache: Cache | undefined;
}

/** Does something with each value. */
export interface Handler<Out, In extends Update = Update> {
  /** Unique within the pipeline; shown in errors, statistics and dead letters. */
  readonly name: string;
  /** In mode `'conditional'`: whether it is called for this value. What it throws fails the attempt. */
  when?(value: Out, update: In): boolean;
  init?(context: InitContext): MaybePromise<void>;
  /** A throw or rejection fails the attempt: see `retry`. */
  handle(value: Out, update: In, context: HandlerContext): MaybePromise<void>;
  dispose?(): MaybePromise<void>;
}

/** One value of a batch. */
export interface BatchItem<Out, In extends Update = Update> {
  readonly value: Out;
  readonly update: In;
}

/** Which items of a batch failed; the others succeeded. */
export interface BatchResult {
  readonly failed: readonly { readonly index: number; readonly error: unknown }[];
}

/** Does something with many values at once. */
export interface BatchHandler<Out, In extends Update = Update> {
  readonly name: string;
  /** When a batch is full; what is left out comes from the pipeline's `buffer`. */
  readonly batch?: BatchOptions | undefined;
  when?(value: Out, update: In): boolean;
  init?(context: InitContext): MaybePromise<void>;
  /** A throw or rejection fails all items; a {@link BatchResult} fails those that it names. Failed items alone are tried again. */
  handleBatch(
    items: readonly BatchItem<Out, In>[],
    context: HandlerContext,
  ): MaybePromise<BatchResult | void>;
  dispose?(): MaybePromise<void>;
}

/** Either kind. */
export type AnyHandler<Out, In extends Update = Update> = Handler<Out, In> | BatchHandler<Out, In>;
