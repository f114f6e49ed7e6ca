import { pressureAfter } from '@rockpool/core';
import { PRESSURE_SEVERITY } from '../contract/names.js';
import type { PressureLevel } from '../contract/pool.js';
import { type ResolvedGaugeOptions, resolveGauging } from '../contract/schema.js';
import type { Publisher } from './observer.js';

/** How to gauge. Shares are of `limitBytes`, 0 to 1. */
export interface MemoryPressureOptions {
  /** The `poolId` of its events. */
  readonly poolId: string;
  /** What all instances of the pool may use together, in bytes. */
  readonly limitBytes: number;
  /** From here on the level is `medium`. Default 0.5. */
  readonly medium?: number | undefined;
  /** From here on it is `high`. Default 0.75. */
  readonly high?: number | undefined;
  /** From here on it is `critical`. Default 0.9. */
  readonly critical?: number | undefined;
  /** How far below a threshold the use has to fall before the level does, so that it does not flap. Default 0.05. */
  readonly hysteresis?: number | undefined;
}

/**
 * Turns measured memory into `pool.memory_pressure` events, one for each change of level. Whoever measures calls
 * `record`; nothing here polls.
 */
export class MemoryPressure {
  readonly #publisher: Publisher;
  readonly #options: ResolvedGaugeOptions;
  #level: PressureLevel = 'low';

  /**
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   */
  constructor(publisher: Publisher, options: MemoryPressureOptions) {
    this.#publisher = publisher;
    this.#options = resolveGauging(options);
  }

  get level(): PressureLevel {
    return this.#level;
  }

  /** Takes note of what is used now; returns the level. */
  record(usedBytes: number): PressureLevel {
    const from = this.#level;
    const level = pressureAfter(from, usedBytes / this.#options.limitBytes, this.#options);
    this.#level = level;
    if (level !== from) this.#tell(level, from, usedBytes);
    return level;
  }

  #tell(level: PressureLevel, from: PressureLevel, usedBytes: number): void {
    const { poolId, limitBytes } = this.#options;
    this.#publisher.publish('pool.memory_pressure', () => ({
      severity: PRESSURE_SEVERITY[level],
      source: 'pool',
      poolId,
      level,
      from,
      usedBytes,
      limitBytes,
    }));
  }
}
