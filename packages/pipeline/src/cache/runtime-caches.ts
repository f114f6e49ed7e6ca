import type { Clock } from '@rockpool/core';
import { type CacheStats, LatestCache } from './latest-cache.js';

/** How much is remembered; see the section `cache` of the configuration. */
export interface RuntimeCacheOptions {
  /** Default 10,000. */
  readonly accounts?: number | undefined;
  /** Default 1,000. */
  readonly programs?: number | undefined;
  /** Default 60,000. */
  readonly ttlMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** The two caches that parsers and handlers share, under the names of the seed; what they hold is the user's affair. */
export class RuntimeCaches<Account extends {} = object, Program extends {} = object> {
  readonly accounts: LatestCache<string, Account>;
  readonly programs: LatestCache<string, Program>;

  constructor({ accounts = 10_000, programs = 1_000, ttlMs, clock }: RuntimeCacheOptions = {}) {
    this.accounts = new LatestCache({ max: accounts, ttlMs, clock });
    this.programs = new LatestCache({ max: programs, ttlMs, clock });
  }

  /** Gives expired entries back; returns how many there were. */
  sweep(): number {
    return this.accounts.sweep() + this.programs.sweep();
  }

  /** Forgets everything. */
  clear(): void {
    this.accounts.clear();
    this.programs.clear();
  }

  stats(): { readonly accounts: CacheStats; readonly programs: CacheStats } {
    return { accounts: this.accounts.stats(), programs: this.programs.stats() };
  }
}
