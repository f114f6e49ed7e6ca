import type { PoolStats } from '@rockpool/core';
import type { ExtractionMetrics } from '@rockpool/extraction';

/** What a run made of one of its pools. */
export interface PoolUse {
  readonly kind: 'article' | 'css' | 'regex';
  readonly created: number;
  /** Loans of an extractor that had been lent before. */
  readonly reused: number;
  /** Ended for being idle, old or worn. */
  readonly evicted: number;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
}

export const useOfArticles = ({
  created,
  reused,
  evicted,
  waitP50Ms,
  waitP99Ms,
}: ExtractionMetrics): PoolUse => ({
  kind: 'article',
  created,
  reused,
  evicted,
  waitP50Ms,
  waitP99Ms,
});

export function useOfFields(kind: 'css' | 'regex', stats: PoolStats, reused: number): PoolUse {
  const { counters, destroyedBy, timings } = stats;
  return {
    kind,
    created: counters.created,
    reused,
    evicted: destroyedBy.idle + destroyedBy.lifetime + destroyedBy.uses + destroyedBy.surplus,
    waitP50Ms: timings.wait.quantile(0.5),
    waitP99Ms: timings.wait.quantile(0.99),
  };
}
