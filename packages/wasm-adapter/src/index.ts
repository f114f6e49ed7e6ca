export type { WasmEnvironment } from './env.js';
export { readWasmEnvironment } from './env.js';
export type { DeadlineFacts, WasmErrorCode } from './errors.js';
export {
  WasmAbiError,
  WasmClosedError,
  WasmComponentSupportError,
  WasmDeadlineError,
  WasmError,
  WasmExportError,
  WasmFuelError,
  WasmImportError,
  WasmInstantiateError,
  WasmMemoryLimitError,
  WasmOptionsError,
  WasmPoisonedError,
  WasmProgramError,
  WasmTrapError,
  WasmWorkerError,
} from './errors.js';
export type { WasmCounters } from './instance/counters.js';
export { WasmInstance } from './instance/instance.js';
export type {
  DeadlineMechanism,
  DeadlineOptions,
  MemoryOptions,
  WasmInstanceOptions,
} from './instance/options.js';
export type { CallLimits, InstanceInfo } from './instance/parts.js';
export type { WearLimits } from './instance/wear.js';
export type { WasmPoolOptions, WasmWorkerPoolOptions } from './pool/options.js';
export type { WasmPoolStats } from './pool/pool.js';
export { createWasmPool, WasmPool } from './pool/pool.js';
export type { WasmWorkerPoolStats } from './pool/worker-pool.js';
export { WasmWorkerPool } from './pool/worker-pool.js';
export type { CompilerCounters } from './program/compiler.js';
export { compilerCounters } from './program/compiler.js';
export type { Isolation, IsolationReport } from './program/isolation.js';
export type {
  GlueContext,
  GlueFactory,
  GuestApi,
  ImportsOption,
  ModuleSource,
  WasmProgramOptions,
} from './program/options.js';
export { WasmProgram } from './program/program.js';
export type { ModuleReference } from './program/reference.js';
export type { Metering } from './rewrite/index.js';
export { WasmWorkerInstance } from './worker/instance.js';
