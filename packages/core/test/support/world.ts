import {
  createPool,
  type Lease,
  type Pool,
  type PoolOptions,
  type PoolStats,
} from '../../src/index.js';
import {
  auditStats,
  GATES,
  type Gate,
  type Manner,
  ManualClock,
  type Product,
  settle,
  Workshop,
  type WorkshopHook,
} from '../../src/testing/index.js';

export { GATES, type Gate, ManualClock, type Product, settle, Workshop };

/** The time limits of all pools in a world, in ms; a `slow` hook keeps them, a `late` one does not. */
export const LIMITS = {
  createTimeoutMs: 50,
  validateTimeoutMs: 20,
  resetTimeoutMs: 20,
  destroyTimeoutMs: 20,
  closeTimeoutMs: 200,
} as const;

/** Longer than any single thing can take in a world: all limits, all backoffs, all late answers. */
export const LONG_MS = 700;

/** A pool, its clock and its factory. */
export interface World {
  readonly clock: ManualClock;
  readonly workshop: Workshop;
  readonly pool: Pool<Product>;
}

export function newWorld(
  options: PoolOptions<Product> = {},
  manner: Manner = 'in-a-promise',
): World {
  const clock = new ManualClock();
  const workshop = new Workshop({ clock, slowMs: 10, lateMs: 100, manner });
  const pool = createPool<Product>(workshop, {
    ...LIMITS,
    createRetry: { maxAttempts: 2, initialMs: 5, maxMs: 20 },
    idleTimeoutMs: 0,
    clock,
    ...options,
  });
  return { clock, workshop, pool };
}

export type Plan = Readonly<Record<WorkshopHook, Gate>>;

/** Every combination of gates: 5^4 = 625. */
export function* allPlans(): Generator<Plan> {
  for (const create of GATES)
    for (const validate of GATES)
      for (const reset of GATES)
        for (const destroy of GATES) yield { create, validate, reset, destroy };
}

export function setGates(workshop: Workshop, plan: Plan): void {
  for (const [hook, gate] of Object.entries(plan)) workshop.gates.set(hook as WorkshopHook, gate);
}

/** What must be true of a world between any two steps, in words where it is not. */
export function safetyOf(
  { pool, workshop }: World,
  sizeAllowed: number,
  stats: PoolStats = pool.stats(),
): string[] {
  const wrong = [...auditStats(stats), ...workshop.faults];
  if (stats.size > sizeAllowed) wrong.push(`size ${stats.size} at max ${sizeAllowed}`);
  const usable = stats.size - stats.creating - stats.destroying;
  if (usable !== workshop.alive.size) {
    wrong.push(
      `the pool counts ${usable} usable resources, the factory says ${workshop.alive.size} are alive`,
    );
  }
  if (
    pool.size !== stats.size ||
    pool.available !== stats.idle ||
    pool.borrowed !== stats.borrowed ||
    pool.pending !== stats.waiting
  ) {
    wrong.push('the getters and the snapshot disagree');
  }
  return wrong;
}

/** So many leases, in the order of asking. */
export function acquireAll<T>(pool: Pool<T>, count: number): Promise<Lease<T>[]> {
  return Promise.all(Array.from({ length: count }, () => pool.acquire()));
}

export function releaseAll(leases: readonly Lease<unknown>[]): void {
  for (const lease of leases) lease.release();
}
