/**
 * One call that extracts a page: pooled extractors behind one function.
 * @packageDocumentation
 */
export type { Environment, Variable, VariableForm } from '@rockpool/core/config';
export { AdvancedInstancePool, createEventAwarePool } from './advanced-instance-pool.js';
export {
  type Configuration,
  type ConfigurationSources,
  configure,
  type SettingInForce,
} from './config/configure.js';
export { PROFILES } from './config/profiles.js';
export {
  type ProfileName,
  SETTING_NAMES,
  SETTINGS,
  type SettingDescription,
  type SettingName,
  type Settings,
} from './config/settings.js';
export { VARIABLES } from './config/variables.js';
export type { ExtractedDoc, ExtractionMode, ParserMetadata, ParserName } from './document.js';
export {
  ComponentError,
  ExtractionError,
  type ExtractionErrorCode,
  ExtractionFailedError,
  GuestRefusalError,
} from './errors.js';
export { ExtractionLease } from './extraction-lease.js';
export {
  type CheckoutOptions,
  createExtractionPool,
  ExtractionPool,
} from './extraction-pool.js';
export { FALLBACK_TRIGGERS, type FallbackTrigger } from './fallback/trigger.js';
export type { ExtractionMemoryStats } from './memory.js';
export type { ExtractionMetrics } from './metrics.js';
export type { ExtractionPoolOptions, NativePathOptions } from './options.js';
export type {
  ExtractionPath,
  ExtractionPhases,
  PageRequest,
  PathCheckout,
  PathLease,
  PathTimings,
  PoolStatus,
  SteerablePool,
  WasmFigures,
} from './path.js';
