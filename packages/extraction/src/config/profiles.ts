import type { ProfileName, Settings } from './settings.js';

/** What each profile has in the place of defaults. */
export const PROFILES: Readonly<Record<ProfileName, Readonly<Partial<Settings>>>> = {
  // The defaults that the RipTide pool documents: up to 50 guests of 512 MiB.
  large: {
    'wasm.initialPoolSize': 10,
    'wasm.maxPoolSize': 50,
    'wasm.idleTimeoutMs': 60_000,
    'wasm.healthCheckIntervalMs': 30_000,
    'wasm.memoryLimitBytes': 512 * 1_048_576,
    'native.minPoolSize': 20,
    'native.maxPoolSize': 100,
    'native.idleTimeoutMs': 30_000,
    'memory.pressureThreshold': 0.8,
    'memory.gcIntervalMs': 60_000,
  },
};
