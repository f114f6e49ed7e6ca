/**
 * A streaming runtime on pools: sources, parsers, handlers, buffers and batches.
 * @packageDocumentation
 */
export * from './cache/index.js';
export * from './config/index.js';
export * from './contract/dead-letter.js';
export * from './contract/events.js';
export * from './contract/extension.js';
export * from './contract/handler.js';
export * from './contract/options.js';
export * from './contract/parser.js';
export * from './contract/ports.js';
export type { Output, Pipeline } from './contract/runtime.js';
export { describePipelineOptions, type PipelineOptionDescription } from './contract/schema.js';
export * from './contract/shutdown.js';
export * from './contract/source.js';
export * from './contract/state.js';
export * from './contract/stats.js';
export * from './contract/update.js';
export * from './coordination/index.js';
export * from './debug/index.js';
export { Runtime, RuntimeBuilder } from './engine/builder.js';
export { type PipelineDefinition, pipeline } from './engine/definition.js';
export type { TraceEntry } from './engine/surroundings.js';
export * from './errors.js';
export * from './health/index.js';
export * from './log/index.js';
export * from './metrics/index.js';
export * from './operate/index.js';
export * from './slabs/index.js';
export { type Payload, updatesSource } from './source/updates.js';
export * from './threads/index.js';
