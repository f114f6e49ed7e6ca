import type { PipelineStats } from '../contract/stats.js';
import {
  type Family,
  LATENCY_BOUNDS,
  type Labels,
  type MetricsReading,
  type PoolReading,
} from './family.js';

/**
 * Every metric of a runtime, the six of the seed first. For each pipeline,
 * `messages_received_total = messages_processed_total + filtered_total + parse_errors_total + dropped_total +
 * dead_letter_total + discarded_total + abandoned_total + in_flight` at every moment.
 */
export const FAMILIES: readonly Family[] = [
  counter('messages_received_total', 'Updates routed to the pipeline.', (each) => each.received),
  counter('messages_processed_total', 'All handlers succeeded.', (each) => each.processed),
  counter('parse_errors_total', 'Updates that could not be parsed.', (each) => each.parseErrors),
  counter(
    'handler_errors_total',
    'Attempts of handlers that failed.',
    (each) => each.handlerErrors,
  ),
  {
    kind: 'histogram',
    name: 'processing_latency',
    help: 'Seconds from the arrival of a frame to the end of its last handler, sampled.',
    read: ({ stats }) =>
      Object.values(stats.pipelines).map((each) => ({
        labels: labelsOf(each),
        counts: LATENCY_BOUNDS.map((bound) => each.latency.countUpTo(bound * 1_000)),
        count: each.latency.count,
        sum: each.latency.sumMs / 1_000,
      })),
  },
  gauge('queue_depth', 'Updates in the buffer of the pipeline.', (each) => each.queueDepth),
  counter(
    'filtered_total',
    'Updates that were not the affair of the pipeline.',
    (each) => each.filtered,
  ),
  counter('dropped_total', 'Updates given up by the overflow policy.', (each) => each.dropped),
  counter(
    'dead_letter_total',
    'Updates that a handler failed for good.',
    (each) => each.deadLettered,
  ),
  counter('discarded_total', 'Updates thrown away at shutdown.', (each) => each.discarded),
  counter(
    'abandoned_total',
    'Updates begun and not finished at shutdown.',
    (each) => each.abandoned,
  ),
  counter('retries_total', 'Attempts after the first.', (each) => each.retries),
  gauge('in_flight', 'Updates received and not finished.', (each) => each.inFlight),
  gauge('queue_bytes', 'Bytes in the buffer of the pipeline.', (each) => each.queueBytes),
  single('gauge', 'slot_lag', 'Positions received and not handled yet.', ({ stats }) => {
    const { receivedUpTo, handledUpTo } = stats;
    if (receivedUpTo === undefined || handledUpTo === undefined) return 0;
    return Number(receivedUpTo - handledUpTo);
  }),
  single('counter', 'reconnects_total', 'Connections made again.', ({ reconnects }) => reconnects),
  single(
    'counter',
    'frames_received_total',
    'Frames taken in.',
    ({ stats }) => stats.input.received,
  ),
  single(
    'counter',
    'frames_unrouted_total',
    'Frames of which no pipeline wanted anything.',
    ({ stats }) => stats.input.unrouted,
  ),
  single(
    'counter',
    'decode_errors_total',
    'Frames that could not be decoded.',
    ({ stats }) => stats.input.decodeErrors,
  ),
  single(
    'counter',
    'frames_dropped_total',
    'Frames given up by the overflow policy of the input buffer.',
    ({ stats }) => stats.input.dropped,
  ),
  single(
    'gauge',
    'input_queue_depth',
    'Frames in the input buffer.',
    ({ stats }) => stats.input.queued,
  ),
  pool('pool_size', 'Resources of the pool.', ({ size }) => size),
  pool('pool_available', 'Resources that can be lent now.', ({ available }) => available),
  pool('pool_pending', 'Borrowers that wait.', ({ pending }) => pending),
];

function labelsOf({ id, kind }: PipelineStats): Labels {
  return { pipeline: id, kind };
}

function counter(name: string, help: string, pick: (stats: PipelineStats) => number): Family {
  return perPipeline('counter', name, help, pick);
}

function gauge(name: string, help: string, pick: (stats: PipelineStats) => number): Family {
  return perPipeline('gauge', name, help, pick);
}

function perPipeline(
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  pick: (stats: PipelineStats) => number,
): Family {
  return {
    kind,
    name,
    help,
    read: ({ stats }) =>
      Object.values(stats.pipelines).map((each) => ({ labels: labelsOf(each), value: pick(each) })),
  };
}

function single(
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  pick: (reading: MetricsReading) => number,
): Family {
  return { kind, name, help, read: (reading) => [{ labels: {}, value: pick(reading) }] };
}

function pool(name: string, help: string, pick: (pool: PoolReading) => number): Family {
  return {
    kind: 'gauge',
    name,
    help,
    read: ({ pools }) => pools.map((each) => ({ labels: { pool: each.name }, value: pick(each) })),
  };
}
