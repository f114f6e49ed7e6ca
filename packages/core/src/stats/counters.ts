import { DESTROY_REASONS, type DestroyReason } from '../contract/poolable.js';
import type { PoolCounters, TimedPhase } from '../contract/stats.js';
import { Histogram } from './histogram.js';

/** `acquired` is the sum of its two parts, made when somebody asks. */
export type LiveCounters = Omit<PoolCounters, 'acquired'>;

export function newCounters(): LiveCounters {
  return {
    acquiredDirect: 0,
    acquiredAfterWait: 0,
    enqueued: 0,
    timedOut: 0,
    aborted: 0,
    rejectedQueueFull: 0,
    rejectedClosed: 0,
    rejectedCreate: 0,
    released: 0,
    destroyedByBorrower: 0,
    detached: 0,
    lateReleases: 0,
    created: 0,
    createErrors: 0,
    createTimeouts: 0,
    createdTooLate: 0,
    resets: 0,
    resetErrors: 0,
    validated: 0,
    invalid: 0,
    destroyed: 0,
    destroyErrors: 0,
    failures: 0,
    died: 0,
    leaks: 0,
    reclaimed: 0,
    listenerErrors: 0,
  };
}

export function newDestroyedBy(): Record<DestroyReason, number> {
  return Object.fromEntries(DESTROY_REASONS.map((reason) => [reason, 0])) as Record<
    DestroyReason,
    number
  >;
}

export function newTimings(): Record<TimedPhase, Histogram> {
  return {
    wait: new Histogram(),
    create: new Histogram(),
    hold: new Histogram(),
    reset: new Histogram(),
    validate: new Histogram(),
    destroy: new Histogram(),
  };
}
