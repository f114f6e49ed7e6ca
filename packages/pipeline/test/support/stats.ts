import type { HandlerStats, InputStats, PipelineStats, RuntimeStats } from '../../src/index.js';

/** Figures of a pipeline, all 0 but those given. */
export function pipelineStats(given: Partial<PipelineStats> & { id: string }): PipelineStats {
  return {
    kind: 'block',
    state: 'running',
    received: 0,
    processed: 0,
    filtered: 0,
    parseErrors: 0,
    dropped: 0,
    deadLettered: 0,
    discarded: 0,
    abandoned: 0,
    inFlight: 0,
    handlerErrors: 0,
    retries: 0,
    queueDepth: 0,
    queueBytes: 0,
    queueCapacity: 100,
    running: 0,
    outputDropped: 0,
    latency: {
      count: 0,
      sumMs: 0,
      p50Ms: 0,
      p95Ms: 0,
      p99Ms: 0,
      maxMs: 0,
      countUpTo: () => 0,
    },
    handlers: [],
    ...given,
  };
}

/** Figures of a handler, all 0 but those given. */
export function handlerStats(given: Partial<HandlerStats> & { name: string }): HandlerStats {
  return {
    succeeded: 0,
    failures: 0,
    retries: 0,
    deadLettered: 0,
    batches: 0,
    breaker: 'closed',
    ...given,
  };
}

/** Figures of a runtime with these pipelines. */
export function runtimeStats(
  pipelines: readonly PipelineStats[],
  input: Partial<InputStats> = {},
): RuntimeStats {
  const sum = (pick: (stats: PipelineStats) => number): number =>
    pipelines.reduce((total, each) => total + pick(each), 0);
  return {
    state: 'running',
    input: {
      received: 0,
      routed: 0,
      unrouted: 0,
      decodeErrors: 0,
      dropped: 0,
      discarded: 0,
      queued: 0,
      queuedBytes: 0,
      capacity: 100,
      ...input,
    },
    totals: {
      received: sum(({ received }) => received),
      processed: sum(({ processed }) => processed),
      filtered: sum(({ filtered }) => filtered),
      parseErrors: sum(({ parseErrors }) => parseErrors),
      dropped: sum(({ dropped }) => dropped),
      deadLettered: sum(({ deadLettered }) => deadLettered),
      discarded: sum(({ discarded }) => discarded),
      abandoned: sum(({ abandoned }) => abandoned),
      inFlight: sum(({ inFlight }) => inFlight),
    },
    handledUpTo: undefined,
    receivedUpTo: undefined,
    pipelines: Object.fromEntries(pipelines.map((each) => [each.id, each])),
  };
}
