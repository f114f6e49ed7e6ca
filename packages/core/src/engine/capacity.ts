/**
 * How many resources a pool may have beyond its own `max`: a budget that several pools can share. The pool takes a
 * place before it creates and gives it back when the resource has ended.
 */
export interface Capacity {
  /** Places left. */
  readonly room: number;
  take(): void;
  give(): void;
  /** Somebody waits here, this pool is below its `max`, and there is no room. */
  lacking(): void;
  /**
   * Whether a resource that came back should be ended because another pool has waited for a place since before
   * `ownSince`, the arrival of this pool's next waiter (`undefined` = nobody waits here).
   */
  yields(ownSince: number | undefined): boolean;
}

/** A pool as those see it who share a budget with it. */
export interface CapacityMember {
  /** Arrival of whoever has waited longest, in ms of the clock. */
  readonly oldestWaitAt: number | undefined;
  readonly idle: number;
  /** Looks again whether something can be created. */
  pump(): void;
  /** Ends the resource that has been idle for longest; false = none is idle. */
  evictOldest(): boolean;
  /** A resource has ended. */
  onShrink(): void;
}

/** A pool that shares with nobody. */
export const UNSHARED: Capacity = {
  room: Number.POSITIVE_INFINITY,
  take() {},
  give() {},
  lacking() {},
  yields: () => false,
};
