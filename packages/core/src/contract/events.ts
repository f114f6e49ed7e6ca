import type { PoolError } from '../errors.js';
import type { MemoryPressureLevel } from './memory.js';
import type { DestroyReason, ResourceInfo, TestPhase } from './poolable.js';
import type { PoolState } from './stats.js';

/**
 * The events of a pool. Each event object is built only while somebody listens to its name. Listeners run
 * synchronously, in the order of their registration; one that throws is counted, reported as a process warning, and
 * disturbs neither the pool nor the other listeners.
 */
export interface PoolEvents<T> {
  /** A resource was made or adopted. */
  create: { readonly resource: T; readonly info: ResourceInfo; readonly tookMs: number };
  /** An attempt to create failed; `retryInMs` is `undefined` when it was the last one. */
  createError: {
    readonly error: unknown;
    readonly attempt: number;
    readonly retryInMs: number | undefined;
  };
  /** An `acquire` has to wait. */
  enqueue: { readonly waiting: number; readonly priority: number };
  /** A lease was given out. `waitedMs` is 0 for a direct one. */
  acquire: {
    readonly resource: T;
    readonly info: ResourceInfo;
    readonly waitedMs: number;
    readonly direct: boolean;
  };
  /** An `acquire` failed. */
  acquireError: { readonly error: PoolError; readonly waitedMs: number };
  /** A lease ended and its resource may be used again. */
  release: { readonly resource: T; readonly info: ResourceInfo };
  /** A resource was cleaned after a loan. */
  reset: { readonly info: ResourceInfo; readonly tookMs: number };
  /** A resource could not be cleaned; it is ended. */
  resetError: { readonly info: ResourceInfo; readonly error: unknown };
  /** A check was made; `health` is the resource's score afterwards. */
  validate: {
    readonly info: ResourceInfo;
    readonly phase: TestPhase;
    readonly ok: boolean;
    readonly health: number;
    readonly error: unknown;
  };
  /** A resource left the pool, after its `destroy` hook. */
  destroy: { readonly resource: T; readonly info: ResourceInfo; readonly reason: DestroyReason };
  /** `destroy` failed or ran into its limit; the place is free all the same. */
  destroyError: { readonly info: ResourceInfo; readonly error: unknown };
  /** A lease is held longer than `leakThresholdMs`, or was dropped without being released (`collected`). */
  leak: {
    readonly info: ResourceInfo;
    readonly heldMs: number;
    readonly label: string | undefined;
    readonly stack: string | undefined;
    readonly collected: boolean;
  };
  /** A lease was taken away. */
  reclaim: {
    readonly info: ResourceInfo;
    readonly heldMs: number;
    readonly label: string | undefined;
  };
  /** A resource announced its own death. */
  died: { readonly info: ResourceInfo; readonly error: unknown };
  /** The score of a resource changed by at least one point. */
  health: { readonly info: ResourceInfo; readonly from: number; readonly to: number };
  /** The pressure on `poolMemoryLimitBytes` went from one level to another. */
  memory: {
    readonly from: MemoryPressureLevel;
    readonly to: MemoryPressureLevel;
    readonly usedBytes: number;
    readonly limitBytes: number;
  };
  /** The sizes changed, by `resize` or by the autoscaler. */
  resize: { readonly min: number; readonly max: number };
  /** The pool itself went from one state to another. */
  state: { readonly from: PoolState; readonly to: PoolState };
  /** Somebody has to wait although the pool is at its `max`. */
  full: { readonly waiting: number };
  /** Something the owner of the pool should know; `code` is stable. */
  warn: { readonly code: string; readonly message: string };
}

export type PoolEventName = keyof PoolEvents<unknown>;

/** Every event name, in the order of the documentation. */
export const POOL_EVENT_NAMES: readonly PoolEventName[] = [
  'create',
  'createError',
  'enqueue',
  'acquire',
  'acquireError',
  'release',
  'reset',
  'resetError',
  'validate',
  'destroy',
  'destroyError',
  'leak',
  'reclaim',
  'died',
  'health',
  'memory',
  'resize',
  'state',
  'full',
  'warn',
];
