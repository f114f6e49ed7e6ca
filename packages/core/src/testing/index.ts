/**
 * What tests of pools, poolables and event sinks are made of.
 * @packageDocumentation
 */
export { auditStats } from './audit.js';
export {
  eventSinkSuite,
  type SinkConnection,
  type SinkRecord,
  type SinkSubject,
} from './event-sink-suite.js';
export { GATES, type Gate, GateError, Gates, type GateTimes, type Manner } from './gates.js';
export { ManualClock, settle } from './manual-clock.js';
export {
  type PoolableCapabilities,
  type PoolableSubject,
  poolableSuite,
} from './poolable-suite.js';
export { EventRecorder, type EventSource, type RecordedEvent } from './recorder.js';
export type { SuiteRunner, SuiteSkip } from './suite.js';
export { type Product, Workshop, type WorkshopHook } from './workshop.js';
