import type { Agenda, Clock } from '@rockpool/core';
import type { RuntimeEvents } from '../contract/events.js';
import type { Cache, Logger } from '../contract/ports.js';
import type { Key } from '../contract/update.js';
import type { Emitter } from '../emitter.js';
import type { Outcome } from '../stage/tally.js';
import type { Progress } from '../state/progress.js';
import type { Slice } from './slice.js';

/** What became of one update in one pipeline. */
export interface TraceEntry {
  readonly pipeline: string;
  readonly kind: string;
  readonly position: bigint | undefined;
  readonly key: Key | undefined;
  readonly sizeBytes: number;
  readonly outcome: Outcome;
  /** In ms of the runtime's clock. */
  readonly receivedAtMs: number;
  readonly endedAtMs: number;
}

/** Where the end of every update is told; nobody listens unless a runtime is being debugged. */
export interface Tracing {
  listener: ((entry: TraceEntry) => void) | undefined;
}

/** What all pipelines of a runtime share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly events: Emitter<RuntimeEvents>;
  readonly progress: Progress;
  readonly log: Logger;
  readonly cache: Cache | undefined;
  readonly tracing: Tracing;
  readonly slice: Slice;
}
