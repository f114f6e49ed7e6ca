import type { PipelineStats } from '../contract/stats.js';
import type { Slot } from '../stage/slot.js';
import type { PipelineRun } from './pipeline-run.js';

/** What only the pipeline itself knows. */
export interface Inside {
  readonly open: number;
  readonly running: number;
  readonly slots: readonly Slot[];
}

/** The figures of a pipeline, as they are now. */
export function pipelineStats(
  pipeline: PipelineRun,
  { open, running, slots }: Inside,
): PipelineStats {
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
