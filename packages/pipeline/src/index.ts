/**
 * A streaming runtime on pools: sources, parsers, handlers, buffers and batches.
 * @packageDocumentation
 */
export * from './cache/index.js';
export * from './config/index.js';
