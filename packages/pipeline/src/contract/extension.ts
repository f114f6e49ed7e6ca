import type { MaybePromise } from '@rockpool/core';
import type { Runtime } from './runtime.js';

/**
 * Something that lives as long as the runtime: health checks, metrics, membership of a group. Started in the order of
 * registration before the source, stopped in reverse after the pipelines.
 */
export interface Extension {
  readonly name: string;
  /** What it throws fails `run()`. */
  start(runtime: Runtime): MaybePromise<void>;
  stop(): MaybePromise<void>;
}
