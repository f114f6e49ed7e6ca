import type { PoolStats } from '@rockpool/core';
import type { ExtractionCounts } from './bookkeeper.js';
import type { ExtractorKind } from './config.js';

/** The numbers of a `NativeExtractorPool` at one moment. */
export interface NativePoolMetrics {
  /** Extractors of all kinds. */
  readonly total: number;
  readonly inUse: number;
  /** Idle, ready to be lent. */
  readonly available: number;
  /** `inUse` over the most the pool may have, 0 to 1. */
  readonly utilization: number;
  /** Callers waiting for an extractor. */
  readonly waiting: number;
  /** Mean time a checkout waited, in ms; checkouts that did not wait count as 0. */
  readonly avgWaitTimeMs: number;
  readonly avgCreationTimeMs: number;
  readonly cssTotal: number;
  readonly cssInUse: number;
  readonly regexTotal: number;
  readonly regexInUse: number;
  readonly articleTotal: number;
  readonly articleInUse: number;
  readonly totalExtractions: number;
  readonly successfulExtractions: number;
  readonly failedExtractions: number;
  /** Extractions stopped by their deadline; also counted as failed. */
  readonly timeoutCount: number;
  readonly avgProcessingTimeMs: number;
}

export function metricsOf(
  stats: Readonly<Record<ExtractorKind, PoolStats>>,
  counts: ExtractionCounts,
): NativePoolMetrics {
  const all = Object.values(stats);
  const sum = (read: (one: PoolStats) => number): number =>
    all.reduce((total, one) => total + read(one), 0);
  const inUse = sum(({ borrowed }) => borrowed);
  return {
    total: sum(({ size }) => size),
    inUse,
    available: sum(({ idle }) => idle),
    utilization: inUse / sum(({ max }) => max),
    waiting: sum(({ waiting }) => waiting),
    avgWaitTimeMs: mean(all.map(({ timings }) => timings.wait)),
    avgCreationTimeMs: mean(all.map(({ timings }) => timings.create)),
    cssTotal: stats.css.size,
    cssInUse: stats.css.borrowed,
    regexTotal: stats.regex.size,
    regexInUse: stats.regex.borrowed,
    articleTotal: stats.article.size,
    articleInUse: stats.article.borrowed,
    totalExtractions: counts.total,
    successfulExtractions: counts.successful,
    failedExtractions: counts.failed,
    timeoutCount: counts.timeouts,
    avgProcessingTimeMs: counts.total === 0 ? 0 : counts.processingMs / counts.total,
  };
}

function mean(timings: readonly { readonly count: number; readonly sumMs: number }[]): number {
  const count = timings.reduce((total, timing) => total + timing.count, 0);
  return count === 0 ? 0 : timings.reduce((total, timing) => total + timing.sumMs, 0) / count;
}
