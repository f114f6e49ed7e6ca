import type { DestroyReason, MemoryPressureLevel, TestPhase } from '@rockpool/core';
import type { BaseEvent } from './base.js';

/** The state of a pool when an event arose. */
export interface PoolMetrics {
  /** Idle instances. */
  readonly available: number;
  /** Instances on loan. */
  readonly active: number;
  /** All instances, those being made or ended included. */
  readonly total: number;
  /** Callers in line. */
  readonly pendingAcquisitions: number;
  /** Acquisitions that got an instance, 0 to 1; 1 when there were none. */
  readonly successRate: number;
  /** Mean wait for an instance, in ms. */
  readonly avgAcquisitionTimeMs: number;
  /** Mean time an instance is on loan, in ms. */
  readonly avgLatencyMs: number;
}

/** Why an instance is unhealthy: `check` a check failed · `reset` it could not be cleaned · `died` it announced its own death · `score` its score fell below `minHealth`. */
export type UnhealthyCause = 'check' | 'reset' | 'died' | 'score';

/** How full memory is. */
export type PressureLevel = MemoryPressureLevel;

/** An event about one instance. */
interface AboutInstance {
  /** A UUID, the same in all events about this instance. */
  readonly instanceId: string;
}

/** What each operation of a pool tells beside the fields that all of them share. */
export interface PoolOperations {
  /** `id` is the `instanceId`. */
  instance_created: AboutInstance & { readonly id: string; readonly tookMs: number };
  /** After its `destroy` hook. */
  instance_destroyed: AboutInstance & { readonly reason: DestroyReason };
  instance_acquired: AboutInstance & { readonly waitedMs: number; readonly direct: boolean };
  /** The loan ended and the instance may be used again. */
  instance_released: AboutInstance;
  /** One attempt failed; `retryInMs` is `null` when it was the last one. */
  instance_creation_failed: {
    readonly reason: string;
    readonly attempt: number;
    readonly retryInMs: number | null;
  };
  /** `id` is the `instanceId`. */
  instance_unhealthy: AboutInstance & {
    readonly id: string;
    readonly reason: string;
    readonly cause: UnhealthyCause;
  };
  /** A check passed. */
  instance_healthy: AboutInstance & { readonly health: number };
  /** A check was made, whatever it found; `health` is the score afterwards, 0 to 100. */
  health_check: AboutInstance & {
    readonly ok: boolean;
    readonly phase: TestPhase;
    readonly health: number;
  };
  /** An instance was ended to give its memory back: idle for too long, more idle than wanted, or a smaller pool. */
  memory_cleanup: { readonly reason: string };
  /** The pool has its `min` instances for the first time. */
  pool_warmup: { readonly instances: number };
  /** Somebody has to wait, or was refused, although the pool is at its `max`. */
  pool_exhausted: { readonly waiting: number; readonly refused: boolean };
  circuit_breaker_tripped: { readonly reason: string };
  circuit_breaker_reset: object;
  /** The level changed. */
  memory_pressure: {
    readonly level: PressureLevel;
    readonly from: PressureLevel;
    readonly usedBytes: number;
    readonly limitBytes: number;
  };
}

export type PoolOperation = keyof PoolOperations;

/** The event of one operation of a pool. */
export type PoolEventOf<Operation extends PoolOperation> = BaseEvent<`pool.${Operation}`> & {
  readonly poolId: string;
  readonly instanceId?: string;
  readonly metrics?: PoolMetrics;
} & Readonly<PoolOperations[Operation]>;

/** Any event of a pool. */
export type PoolEvent = { [Operation in PoolOperation]: PoolEventOf<Operation> }[PoolOperation];

/** The events of pools by their names. */
export type PoolEventMap = {
  [Operation in PoolOperation as `pool.${Operation}`]: PoolEventOf<Operation>;
};
