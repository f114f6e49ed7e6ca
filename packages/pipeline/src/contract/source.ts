import type { Clock, MaybePromise } from '@rockpool/core';
import type { SourceEvents } from './events.js';
import type { HealthStatus, Logger } from './ports.js';
import type { Frame, KindMap, KindOf } from './update.js';

/** Why a source came to its end. The first two are good ends; the others make `run()` reject. */
export type SourceExit =
  /** It has delivered all there is. */
  | { readonly type: 'completed' }
  /** Its signal was aborted. */
  | { readonly type: 'cancelled' }
  /** The other side ended the stream without a reason. */
  | { readonly type: 'stream-ended' }
  /** The other side ended the stream with a status. */
  | { readonly type: 'stream-error'; readonly code: number; readonly message: string }
  | { readonly type: 'error'; readonly error: unknown };

/** What one pipeline asks of the source. */
export interface Subscription {
  /** The pipeline's id, which is also the name of its filter. */
  readonly pipeline: string;
  readonly kind: string;
  /** The parser's `prefilter` and the pipeline's `filter`, where given; an update must pass all of them. The source knows their shape. */
  readonly filters: readonly unknown[];
}

/** Where a source puts what it reads. */
export interface Sink<F extends Frame = Frame> {
  /**
   * Takes frames, oldest first. Returns nothing when there is room for more, and a promise when the source must stop
   * reading until it resolves: that is how back-pressure reaches the sender. Frames that do not fit yet are held with
   * the promise and not counted as received before they are in. The promise never rejects; after a shutdown has begun
   * it resolves and frames are not taken any more.
   */
  push(frames: readonly F[]): void | Promise<void>;
  /** Says that no further frame of `position` or an earlier one will be pushed. */
  complete(position: bigint): void;
  /**
   * The low-water mark: the last complete position up to which every update is processed, filtered, failed to parse,
   * dropped by an overflow policy or dead-lettered; never merely received. Where to begin again after a cut.
   */
  handledUpTo(): bigint | undefined;
  /** Tells the listeners of the runtime what became of the connection. */
  report<E extends keyof SourceEvents>(event: E, data: SourceEvents[E]): void;
}

/** What a run of a source gets. */
export interface SourceRun<F extends Frame = Frame> {
  /** By pipeline id. */
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly sink: Sink<F>;
  /** Aborted when the runtime shuts down: stop reading and return. */
  readonly signal: AbortSignal;
  /** Begin with this position, where the runtime was told to. */
  readonly from: bigint | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What decoding gets beside the frame. */
export interface DecodeContext<K> {
  /** The kinds that at least one addressed pipeline wants; updates of others need not be made. */
  readonly wanted: ReadonlySet<KindOf<K>>;
  /** For `Update.receivedAtMs`. */
  readonly receivedAtMs: number;
}

/** Where updates come from. `K` maps the names of kinds to their updates. */
export interface Source<K extends KindMap<K>, F extends Frame = Frame> {
  readonly name: string;
  /**
   * Reads until the stream ends or `signal` aborts, reconnecting by itself as it sees fit. Called once for each `run()`
   * of a runtime. What it throws counts as `{ type: 'error' }`.
   */
  run(run: SourceRun<F>): Promise<SourceExit>;
  /**
   * Makes updates of a frame, none when it holds nothing wanted. Called after the input buffer, so that a full buffer
   * holds bytes and not objects. What it throws is a decoding error: counted, told, and the frame is left out.
   */
  decode(frame: F, context: DecodeContext<K>): readonly K[KindOf<K>][];
  /** How the connection is. */
  health?(): HealthStatus;
  /** Frees what the source holds, once, at shutdown. */
  dispose?(): MaybePromise<void>;
}
