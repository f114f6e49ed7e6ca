export { COMPAT_FAMILIES } from './compat.js';
export {
  type ExportOptions,
  type MetricsExtension,
  type MetricsOptions,
  metricsExtension,
} from './extension.js';
export { FAMILIES } from './families.js';
export type {
  Distribution,
  Family,
  Labels,
  MetricsReading,
  PoolReading,
  Sample,
} from './family.js';
export { type PromRegistryLike, registerMetrics } from './prom-client.js';
export { type PushOptions, pushMetrics } from './push.js';
