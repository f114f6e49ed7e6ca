/** What a pool has and wants, in resources. */
export interface Demand {
  /** Waiters nobody is on the way to serve. */
  readonly waiting: number;
  readonly size: number;
  readonly idle: number;
  readonly min: number;
  readonly minIdle: number;
  /** Places left below `max`; negative when the pool must not create at all. */
  readonly room: number;
  readonly maxCreating: number;
}

/**
 * How many more creations to begin, given how many are in progress: enough for the waiters, for `min` and for
 * `minIdle`, within `max` and `maxCreating`.
 */
export function creationsWanted(demand: Demand, inProgress: number): number {
  const wanted = Math.max(
    demand.waiting - inProgress,
    demand.min - demand.size,
    // Creations for waiters will not be idle; what is left of them will.
    demand.minIdle - demand.idle - Math.max(0, inProgress - demand.waiting),
  );
  return Math.min(wanted, demand.room, demand.maxCreating - inProgress);
}
