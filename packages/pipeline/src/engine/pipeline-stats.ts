import type { BoundedBuffer } from '../buffer/bounded.js';
import type { PipelineState } from '../contract/state.js';
import type { PipelineStats } from '../contract/stats.js';
import type { Item } from '../stage/item.js';
import type { Slot } from '../stage/slot.js';
import type { Tally } from '../stage/tally.js';
import type { Broadcast } from './output.js';

/** A pipeline, as far as its figures can be read from outside. */
interface Measured {
  readonly id: string;
  readonly kind: string;
  readonly state: PipelineState;
  readonly inbox: BoundedBuffer<Item>;
  readonly tally: Tally;
  readonly broadcast: Broadcast;
}

/** What only the pipeline itself knows. */
export interface Inside {
  readonly open: number;
  readonly running: number;
  readonly slots: readonly Slot[];
}

/** The figures of a pipeline, as they are now. */
export function pipelineStats(pipeline: Measured, { open, running, slots }: Inside): PipelineStats {
  const { inbox, tally, broadcast } = pipeline;
  const handlers = slots.map(({ name, counts, guard }) => ({
    name,
    succeeded: counts.succeeded,
    failures: counts.failures,
    retries: counts.retries,
    deadLettered: counts.deadLettered,
    batches: counts.batches,
    breaker: guard?.state ?? ('none' as const),
  }));
  return {
    id: pipeline.id,
    kind: pipeline.kind,
    state: pipeline.state,
    ...tally.counts(inbox.size + open),
    handlerErrors: handlers.reduce((sum, { failures }) => sum + failures, 0),
    retries: handlers.reduce((sum, { retries }) => sum + retries, 0),
    queueDepth: inbox.size,
    queueBytes: inbox.bytes,
    queueCapacity: inbox.capacity,
    running,
    outputDropped: broadcast.dropped,
    latency: tally.latency(),
    handlers,
  };
}
