import type { PoolOptions } from '@rockpool/core';
import type { WasmInstance } from '../instance/instance.js';
import type { WasmInstanceOptions } from '../instance/options.js';
import type { GuestApi } from '../program/options.js';
import type { ModuleReference } from '../program/reference.js';
import type { WasmWorkerInstance } from '../worker/instance.js';

/** Options of a pool of instances: those of an instance, and those of any pool. */
export interface WasmPoolOptions<Api extends GuestApi = GuestApi>
  extends WasmInstanceOptions<Api>,
    PoolOptions<WasmInstance<Api>> {
  /** Where guests run. Default `in-thread`. */
  readonly execution?: 'in-thread';
  /** An instance that takes longer to make than this is counted and announced. Default 15 ms. */
  readonly coldStartTargetMs?: number;
  /** Called with a sentence when something works, but not as asked. Default `process.emitWarning`. */
  readonly onWarning?: (message: string) => void;
}

/** Options of a pool whose instances live in worker threads, one in each. */
export interface WasmWorkerPoolOptions<Api extends GuestApi = GuestApi>
  extends Omit<WasmInstanceOptions<Api>, 'warmUp' | 'reseed' | 'now'>,
    PoolOptions<WasmWorkerInstance<Api>> {
  readonly execution: 'worker';
  /** As for an instance; a function cannot be sent, so it is said where it is found. */
  readonly warmUp?: ModuleReference;
  readonly reseed?: ModuleReference;
  /** Bytes of shared memory for each direction; larger values travel as messages. Default 1 MiB. */
  readonly slotBytes?: number;
  /** Workers that stand ready for the place of one that had to be ended. Default 1. */
  readonly spares?: number;
  /** An instance that takes longer to make than this is counted and announced. Default 15 ms. */
  readonly coldStartTargetMs?: number;
  /** Called with a sentence when something works, but not as asked. Default `process.emitWarning`. */
  readonly onWarning?: (message: string) => void;
}
