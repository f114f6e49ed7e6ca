/**
 * Pools for Prometheus and OpenTelemetry: read when they are asked for, and at no other time.
 * @packageDocumentation
 */
export { FAMILIES } from './families.js';
export {
  type Distribution,
  DURATION_BOUNDS,
  type Family,
  type FamilyName,
  type Labels,
  type Sample,
} from './family.js';
export { type MetricProducerOptions, metricProducer } from './opentelemetry.js';
export { prometheusRegistry } from './prometheus.js';
export type { MetricsSource } from './source.js';
