import type { Pool } from '@rockpool/core';
import type { EventBusStats } from '@rockpool/events';
import type { ExtractionPool } from '@rockpool/extraction';

/** What is exported. Everything is read when somebody asks, and nothing in between. */
export interface MetricsSource {
  /** The pools of this moment; one that is loaded later appears later. */
  pools(): readonly Pick<Pool<never>, 'name' | 'stats'>[];
  /** The extraction pools over them. */
  readonly extraction?:
    | Pick<ExtractionPool, 'name' | 'metrics' | 'phases' | 'breaker' | 'healthStatus'>
    | undefined;
  readonly bus?: { stats(): EventBusStats } | undefined;
}
