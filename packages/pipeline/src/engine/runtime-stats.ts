import type { PipelineState } from '../contract/state.js';
import type { PipelineCounts, PipelineStats, RuntimeStats } from '../contract/stats.js';
import type { Progress } from '../state/progress.js';
import type { Input } from './input.js';
import type { PipelineRun } from './pipeline-run.js';
import type { Router } from './router.js';

const COUNTS: readonly (keyof PipelineCounts)[] = [
  'received',
  'processed',
  'filtered',
  'parseErrors',
  'dropped',
  'deadLettered',
  'discarded',
  'abandoned',
  'inFlight',
];

/** The figures of a runtime, as they are now. */
export function runtimeStats(
  state: PipelineState,
  input: Input,
  router: Router,
  pipelines: ReadonlyMap<string, PipelineRun>,
  progress: Progress,
): RuntimeStats {
  const each: Record<string, PipelineStats> = {};
  for (const [id, pipeline] of pipelines) each[id] = pipeline.stats();
  const totals = Object.fromEntries(
    COUNTS.map((name) => [name, Object.values(each).reduce((sum, stats) => sum + stats[name], 0)]),
  ) as unknown as PipelineCounts;
  return {
    state,
    input: {
      received: input.received,
      routed: router.routed,
      unrouted: router.unrouted,
      decodeErrors: router.decodeErrors,
      dropped: input.dropped,
      discarded: input.discarded,
      queued: input.size + (router.busy ? 1 : 0),
      queuedBytes: input.bytes,
      capacity: input.capacity,
    },
    totals,
    handledUpTo: progress.handledUpTo(),
    receivedUpTo: progress.receivedUpTo,
    pipelines: each,
  };
}
