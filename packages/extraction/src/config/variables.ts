import type { Variable } from '@rockpool/core/config';
import type { SettingName } from './settings.js';

/**
 * Every variable that is read. Where several are set that mean one setting, the one that stands first here wins:
 * the names of the instance pool, then those of the RipTide pool, then the general `POOL_…`.
 */
export const VARIABLES: readonly Variable<SettingName>[] = [
  { name: 'RIPTIDE_WASM_MAX_POOL_SIZE', setting: 'wasm.maxPoolSize', form: 'count' },
  { name: 'RIPTIDE_WASM_INSTANCES_PER_WORKER', setting: 'wasm.maxPoolSize', form: 'count' },
  { name: 'RIPTIDE_WASM_INITIAL_POOL_SIZE', setting: 'wasm.initialPoolSize', form: 'count' },
  { name: 'RIPTIDE_WASM_TIMEOUT_SECS', setting: 'extractionTimeoutMs', form: 'seconds' },
  { name: 'RIPTIDE_WASM_MEMORY_LIMIT_PAGES', setting: 'wasm.memoryLimitBytes', form: 'pages' },
  { name: 'RIPTIDE_WASM_MEMORY_LIMIT_MB', setting: 'wasm.memoryLimitBytes', form: 'MiB' },
  { name: 'RIPTIDE_WASM_ENABLE_REUSE', setting: 'wasm.enableReuse', form: 'flag' },
  { name: 'RIPTIDE_WASM_ENABLE_METRICS', setting: 'enableMetrics', form: 'flag' },
  { name: 'RIPTIDE_WASM_ENABLE_SIMD', setting: 'wasm.enableSimd', form: 'flag' },
  { name: 'RIPTIDE_WASM_ENABLE_AOT_CACHE', setting: 'wasm.enableAotCache', form: 'flag' },
  { name: 'RIPTIDE_WASM_COLD_START_TARGET_MS', setting: 'wasm.coldStartTargetMs', form: 'ms' },
  { name: 'WASM_POOL_SIZE', setting: 'wasm.initialPoolSize', form: 'count' },
  { name: 'WASM_MAX_INSTANCES', setting: 'wasm.maxPoolSize', form: 'count' },
  { name: 'WASM_IDLE_TIMEOUT_MS', setting: 'wasm.idleTimeoutMs', form: 'ms' },
  { name: 'WASM_HEALTH_CHECK_INTERVAL_MS', setting: 'wasm.healthCheckIntervalMs', form: 'ms' },
  { name: 'NATIVE_POOL_SIZE', setting: 'native.minPoolSize', form: 'count' },
  { name: 'NATIVE_MAX_INSTANCES', setting: 'native.maxPoolSize', form: 'count' },
  { name: 'NATIVE_IDLE_TIMEOUT_MS', setting: 'native.idleTimeoutMs', form: 'ms' },
  { name: 'WASM_MEMORY_LIMIT_MB', setting: 'wasm.memoryLimitBytes', form: 'MiB' },
  { name: 'MEMORY_PRESSURE_THRESHOLD', setting: 'memory.pressureThreshold', form: 'share' },
  { name: 'GC_INTERVAL_MS', setting: 'memory.gcIntervalMs', form: 'ms' },
  { name: 'CB_FAILURE_THRESHOLD', setting: 'breaker.failureThreshold', form: 'count' },
  { name: 'CB_SUCCESS_THRESHOLD', setting: 'breaker.successThreshold', form: 'count' },
  { name: 'CB_TIMEOUT_MS', setting: 'breaker.openMs', form: 'ms' },
  { name: 'HEALTH_CHECK_ENABLED', setting: 'health.enabled', form: 'flag' },
  { name: 'HEALTH_CHECK_INTERVAL_MS', setting: 'health.intervalMs', form: 'ms' },
  { name: 'POOL_MAX_POOL_SIZE', setting: 'wasm.maxPoolSize', form: 'count' },
  { name: 'POOL_MAX_INSTANCES', setting: 'wasm.maxPoolSize', form: 'count' },
  { name: 'POOL_INITIAL_POOL_SIZE', setting: 'wasm.initialPoolSize', form: 'count' },
  { name: 'POOL_TIMEOUT_MS', setting: 'acquireTimeoutMs', form: 'ms' },
  { name: 'POOL_EXTRACTION_TIMEOUT_MS', setting: 'extractionTimeoutMs', form: 'ms' },
  { name: 'POOL_EPOCH_TIMEOUT_MS', setting: 'wasm.hardTimeoutMs', form: 'ms' },
  { name: 'POOL_HEALTH_CHECK_INTERVAL_MS', setting: 'health.intervalMs', form: 'ms' },
  { name: 'POOL_MEMORY_LIMIT_BYTES', setting: 'wasm.memoryLimitBytes', form: 'bytes' },
  { name: 'POOL_MEMORY_LIMIT_PAGES', setting: 'wasm.memoryLimitBytes', form: 'pages' },
  { name: 'POOL_CIRCUIT_BREAKER_TIMEOUT_MS', setting: 'breaker.openMs', form: 'ms' },
  {
    name: 'POOL_CIRCUIT_BREAKER_FAILURE_THRESHOLD',
    setting: 'breaker.failureRatePercent',
    form: 'percent',
  },
  { name: 'POOL_ENABLE_METRICS', setting: 'enableMetrics', form: 'flag' },
  { name: 'POOL_ENABLE_WIT_VALIDATION', setting: 'wasm.enableWitValidation', form: 'flag' },
];
