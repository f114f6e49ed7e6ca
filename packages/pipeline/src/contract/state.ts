/**
 * The states of a pipeline, and of a runtime as a whole.
 *
 * - `initializing`: parsers and handlers are being made ready
 * - `running`
 * - `paused`: takes updates into its buffer, but parses and handles none
 * - `error`: as paused, because something failed; only `resume()` goes on
 * - `shutdown`: takes nothing any more; what is pending is dealt with as the strategy says. Final.
 */
export type PipelineState = 'initializing' | 'running' | 'paused' | 'error' | 'shutdown';

/** Every legal move. */
export const PIPELINE_TRANSITIONS: Readonly<Record<PipelineState, readonly PipelineState[]>> = {
  initializing: ['running', 'error', 'shutdown'],
  running: ['paused', 'error', 'shutdown'],
  paused: ['running', 'error', 'shutdown'],
  error: ['running', 'shutdown'],
  shutdown: [],
};
