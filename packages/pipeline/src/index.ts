/**
 * A streaming runtime on pools: sources, parsers, handlers, buffers and batches.
 * @packageDocumentation
 */
export * from './config/index.js';
