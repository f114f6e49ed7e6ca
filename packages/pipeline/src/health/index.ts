export { HealthChecker, type HealthCheckerOptions } from './checker.js';
export {
  connectionCheck,
  handlerCheck,
  parserCheck,
  QUEUE_LIMITS,
  queueCheck,
  RATE_LIMITS,
  type StatsReader,
} from './checks.js';
export { type HealthExtension, type HealthOptions, healthExtension } from './extension.js';
