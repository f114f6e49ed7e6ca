export type { BuildInput } from './configured.js';
export type { DebugOptions } from './debug-mode.js';
export type { OperatedRuntime } from './operated-runtime.js';
export { runtimePages } from './runtime-pages.js';
