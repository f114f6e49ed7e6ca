import type { CircuitBreakerState } from '@rockpool/core/resilience';
import type { PipelineState } from './state.js';

/** What became of the updates of a pipeline. */
export interface PipelineCounts {
  /** Updates routed to it. Always the sum of all the fields from `processed` to `inFlight`. */
  readonly received: number;
  /** All its handlers succeeded. */
  readonly processed: number;
  /** Its parser or the gate said that they are not its affair. */
  readonly filtered: number;
  /** Its parser failed. */
  readonly parseErrors: number;
  /** Given up by the overflow policy. */
  readonly dropped: number;
  /** At least one handler failed for good. */
  readonly deadLettered: number;
  /** Thrown away at shutdown before anything was done with them. */
  readonly discarded: number;
  /** Begun, but not finished when the shutdown ran out of time, or a dead letter could not be kept. */
  readonly abandoned: number;
  /** In the buffer, being parsed, waiting or being handled. */
  readonly inFlight: number;
}

/** Durations of a pipeline in ms, from arrival of the frame to the end of the last handler. Sampled: see `latencyEvery`. */
export interface LatencyStats {
  readonly count: number;
  readonly sumMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How many took at most `ms`; for buckets of a histogram. */
  countUpTo(ms: number): number;
}

/** The figures of one handler. */
export interface HandlerStats {
  readonly name: string;
  /** Values it dealt with. */
  readonly succeeded: number;
  /** Attempts that failed; of a batch, one for each failed item. */
  readonly failures: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Values it failed for good. */
  readonly deadLettered: number;
  /** Batches handed over; 0 for a handler of single values. */
  readonly batches: number;
  readonly breaker: CircuitBreakerState['kind'] | 'none';
}

/** The figures of a pipeline. */
export interface PipelineStats extends PipelineCounts {
  readonly id: string;
  readonly kind: string;
  readonly state: PipelineState;
  /** Failed attempts of all handlers. */
  readonly handlerErrors: number;
  readonly retries: number;
  /** Updates in the buffer. */
  readonly queueDepth: number;
  readonly queueBytes: number;
  readonly queueCapacity: number;
  /** Values whose handlers run just now. */
  readonly running: number;
  /** Values that outputs lost because their readers were behind. */
  readonly outputDropped: number;
  readonly latency: LatencyStats;
  readonly handlers: readonly HandlerStats[];
}

/** What became of the frames. `received` is always the sum of the others. */
export interface InputStats {
  readonly received: number;
  /** Decoded and handed to the pipelines. */
  readonly routed: number;
  /** No pipeline wanted anything of them. */
  readonly unrouted: number;
  readonly decodeErrors: number;
  readonly dropped: number;
  /** Thrown away at shutdown. */
  readonly discarded: number;
  /** In the input buffer. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly capacity: number;
}

/** The figures of a runtime. */
export interface RuntimeStats {
  readonly state: PipelineState;
  readonly input: InputStats;
  /** Updates received, processed and so on, of all pipelines together. */
  readonly totals: PipelineCounts;
  /** The last position up to which everything is handled. */
  readonly handledUpTo: bigint | undefined;
  /** The highest position received. */
  readonly receivedUpTo: bigint | undefined;
  readonly pipelines: Readonly<Record<string, PipelineStats>>;
}
