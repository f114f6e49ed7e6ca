import {
  type HealthMonitorOptions,
  type HealthReading,
  type HealthSigns,
  PoolHealthMonitor,
  type Remedy,
} from '@rockpool/core/health';
import { ManualClock } from '@rockpool/core/testing';

/** Signs of a pool that is well. */
export const WELL: HealthSigns = {
  successRate: 1,
  fallbackRate: 0,
  utilization: 0,
  memory: 0,
  breakerTrips: 0,
  hardTimeouts: 0,
  processingMs: 0,
};

/** A reading of a pool that has done nothing yet. */
export const NOTHING: HealthReading = {
  successes: 0,
  failures: 0,
  fallbacks: 0,
  breakerTrips: 0,
  hardTimeouts: 0,
  processingMs: 0,
  waitMs: 0,
  waits: 0,
  available: 0,
  active: 0,
  max: 10,
  utilization: 0,
  memoryBytes: 0,
  memoryLimitBytes: 1_000,
  breaker: undefined,
};

/** A monitor on a clock that stands still, over readings that a test writes. */
export function watched(options: HealthMonitorOptions = {}) {
  const clock = new ManualClock();
  const state = { reading: NOTHING };
  const remedies: Remedy[] = [];
  const source = {
    name: 'pages',
    read: () => state.reading,
    remedy: (remedy: Remedy) => {
      remedies.push(remedy);
      return 2;
    },
  };
  const monitor = new PoolHealthMonitor(source, { clock, timeOfDay: () => 0, ...options });
  const set = (reading: Partial<HealthReading>): void => {
    state.reading = { ...state.reading, ...reading };
  };
  return { clock, monitor, set, remedies };
}
