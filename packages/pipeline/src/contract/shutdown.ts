import type { ShutdownStrategy } from './options.js';

/** What a shutdown did. */
export interface ShutdownReport {
  /** The last one asked for. */
  readonly strategy: ShutdownStrategy;
  /** Updates processed since the shutdown began. */
  readonly processed: number;
  /** Frames and updates thrown away before anything was done with them. */
  readonly discarded: number;
  /** Updates that were begun and not finished. */
  readonly abandoned: number;
  readonly durationMs: number;
  /** What `dispose` and `stop` threw. */
  readonly errors: readonly unknown[];
}
