import type { MaybePromise } from '@rockpool/core';
import type { Cache, Logger } from './ports.js';
import type { Sourced, Update } from './update.js';

/**
 * What a parser returns for an update that is not its affair. Returned and not thrown, so that it costs nothing; a
 * registered symbol, so that two copies of the package and worker threads agree on it.
 */
export const FILTERED: unique symbol = Symbol.for('@rockpool/pipeline/FILTERED') as never;
/** The type of {@link FILTERED}. */
export type Filtered = typeof FILTERED;

/** What `init()` gets. */
export interface InitContext {
  /** The id of the pipeline. */
  readonly pipeline: string;
  /** Aborted when the runtime gives up: a failed build, or the end of a shutdown. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** The runtime's cache, where it has one. */
  readonly cache: Cache | undefined;
  /**
   * The threads that the settings give to this pipeline for a parser that is a module; 0 = the main thread parses.
   * Undefined for a runtime that was built without a configuration.
   */
  readonly parserThreads?: number | undefined;
}

/** What a parser gets beside the update; one object for the whole life of a pipeline. */
export type ParseContext = InitContext;

/** Turns updates into values of your own. */
export interface Parser<In extends Update, Out> {
  /** The id of its pipeline, unless the pipeline has one of its own. */
  readonly id: string;
  readonly kind: In['kind'];
  /** What the source should send; its shape is the source's affair. */
  readonly prefilter?: unknown;
  /** Called once, before the first update. What it throws fails `build()`. */
  init?(context: InitContext): MaybePromise<void>;
  /** The value, or {@link FILTERED}. What it throws is a parsing error: counted, told, and the update is left out. */
  parse(update: In, context: ParseContext): MaybePromise<Out | Filtered>;
  /** Called once at shutdown, also when another `init` failed. */
  dispose?(): MaybePromise<void>;
}

/** A failure to parse one update, as a {@link ParserExecutor} hands it back: the others of its batch are not touched. */
export class ParseFailure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What became of one update of a batch. */
export type ParseResult<Out> = Out | Filtered | ParseFailure;

/**
 * Parses batches somewhere else than between the buffers, such as on worker threads. The runtime hands over at most
 * `maxInFlight` batches at once, each within `maxBatchItems` and `maxBatchBytes`, without waiting for a batch to fill;
 * it puts batches that come back out of turn in order again where the pipeline keeps an order.
 */
export interface ParserExecutor<In extends Update = Update, Out = unknown> {
  /** Updates in one batch, at least 1. */
  readonly maxBatchItems: number;
  /** The size of one batch; a single update may be larger. */
  readonly maxBatchBytes: number;
  /** Batches handed over and not answered, at least 1. */
  readonly maxInFlight: number;
  /** Called once before the first batch, with the parser of the pipeline. What it throws fails `build()`. */
  init?(parser: Parser<In, Out>, context: InitContext): MaybePromise<void>;
  /**
   * Parses a batch: as many results as items, in their order. Throwing fails all of them (a dead worker, say). The
   * array belongs to the executor from then on; the frames are needed again for dead letters, so their bytes are
   * copied and not transferred unless nobody else holds them.
   */
  parseBatch(items: readonly Sourced<In>[]): MaybePromise<readonly ParseResult<Out>[]>;
  /** Called once at shutdown. */
  dispose?(): MaybePromise<void>;
}
