import type { MaybePromise, PoolOptions } from '@rockpool/core';
import { Pool } from '@rockpool/core';
import type { WasmCounters } from '../instance/counters.js';
import type { WasmInstance } from '../instance/instance.js';
import type { Arguments, Functions, Result } from '../instance/parts.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import { InstanceMaker } from './instance-maker.js';
import type { WasmPoolOptions, WasmWorkerPoolOptions } from './options.js';
import { WasmWorkerPool } from './worker-pool.js';

/** Figures of a pool of instances, beside those that every pool has. */
export interface WasmPoolStats extends Readonly<WasmCounters> {
  /** Calls stopped at their deadline, as the seed names them. */
  readonly epochTimeouts: number;
  readonly isolation: Isolation;
  readonly backend: 'portable' | 'os-tracked';
}

/**
 * A pool of instances of one program.
 *
 * ```ts
 * const pool = createWasmPool(program, { max: 8, deadline: { ms: 50 }, memory: { maxPages: 256 } });
 * const sum = await pool.call('add', 1, 2);
 * ```
 */
export class WasmPool<Api extends GuestApi = GuestApi> extends Pool<WasmInstance<Api>> {
  readonly program: WasmProgram<Api>;
  readonly isolation: Isolation;
  readonly #counters: WasmCounters;
  readonly #backend: 'portable' | 'os-tracked';

  /** @throws WasmOptionsError or PoolOptionsError naming every problem, before anything is made. */
  constructor(program: WasmProgram<Api>, options: WasmPoolOptions<Api> = {}) {
    const maker = new InstanceMaker(program, options);
    super(maker, {
      name: `wasm:${program.name}`,
      ...(maker.plan.poolOptions as PoolOptions<WasmInstance<Api>>),
    });
    this.program = program;
    this.isolation = maker.plan.isolation;
    this.#counters = maker.counters;
    this.#backend = maker.backend.name;
  }

  /** Borrows an instance, calls one function of it and gives the instance back. */
  call<Name extends Functions<Api>>(
    name: Name,
    ...values: Arguments<Api[Name]>
  ): Promise<Result<Api[Name]>> {
    return this.use((instance) => instance.call(name, ...values));
  }

  /** Borrows an instance for one call with bytes; see {@link WasmInstance.callBytes}. */
  callBytes(name: string, input: Uint8Array): Promise<Uint8Array> {
    return this.use((instance) => instance.callBytes(name, input));
  }

  /** Borrows an instance and runs synchronous code against its API, under the limits of one call. */
  run<R>(work: (api: Api) => R): Promise<R> {
    return this.use((instance): MaybePromise<R> => instance.run(work));
  }

  wasmStats(): WasmPoolStats {
    const counters = this.#counters;
    return {
      ...counters,
      epochTimeouts: counters.deadlineStops,
      isolation: this.isolation,
      backend: this.#backend,
    };
  }
}

/**
 * Makes a pool of instances of a program, in this thread, or with `execution: 'worker'` one worker thread for each.
 *
 * @throws WasmOptionsError or PoolOptionsError naming every problem, before anything is made.
 */
export function createWasmPool<Api extends GuestApi>(
  program: WasmProgram<Api>,
  options: WasmWorkerPoolOptions<Api>,
): WasmWorkerPool<Api>;
export function createWasmPool<Api extends GuestApi>(
  program: WasmProgram<Api>,
  options?: WasmPoolOptions<Api>,
): WasmPool<Api>;
export function createWasmPool<Api extends GuestApi>(
  program: WasmProgram<Api>,
  options: WasmPoolOptions<Api> | WasmWorkerPoolOptions<Api> = {},
): WasmPool<Api> | WasmWorkerPool<Api> {
  return options.execution === 'worker'
    ? new WasmWorkerPool(program, options)
    : new WasmPool(program, options as WasmPoolOptions<Api>);
}
