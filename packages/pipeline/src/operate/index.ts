export type { BuildInput } from './configured.js';
export type { DebugOptions } from './debug-mode.js';
export type { OperatedRuntime } from './operated-runtime.js';
