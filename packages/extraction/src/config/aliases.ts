import type { SettingName } from './settings.js';

/** Other names of settings, as the configuration of the extractor of RipTide has them. */
export const ALIASES: Readonly<Record<string, SettingName>> = {
  poolSize: 'wasm.initialPoolSize',
  initialPoolSize: 'wasm.initialPoolSize',
  maxPoolSize: 'wasm.maxPoolSize',
  maxInstances: 'wasm.maxPoolSize',
  memoryLimit: 'wasm.memoryLimitBytes',
  memoryLimitBytes: 'wasm.memoryLimitBytes',
  enableEpochTimeouts: 'wasm.enableHardTimeout',
  epochTimeoutMs: 'wasm.hardTimeoutMs',
  circuitBreakerFailureThreshold: 'breaker.failureRatePercent',
  circuitBreakerTimeoutMs: 'breaker.openMs',
  enableHealthChecks: 'health.enabled',
  healthCheckIntervalMs: 'health.intervalMs',
};
