import type { CreateContext, MaybePromise, PoolOptions } from '@rockpool/core';
import { Pool } from '@rockpool/core';
import type { WasmCounters } from '../instance/counters.js';
import { newCounters } from '../instance/counters.js';
import { WasmInstance } from '../instance/instance.js';
import type { WasmInstanceOptions } from '../instance/options.js';
import type { Arguments, Functions, Result } from '../instance/parts.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import { chooseBackend } from '../snapshot/backend.js';
import type { SnapshotBackend } from '../snapshot/snapshot.js';
import type { PlannedPool } from './plan.js';
import { planPool } from './plan.js';
import type { WasmWorkerPoolOptions } from './worker-pool.js';
import { WasmWorkerPool } from './worker-pool.js';

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

/** Figures of a pool of instances, beside those that every pool has. */
export interface WasmPoolStats extends Readonly<WasmCounters> {
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
    const maker = new Maker(program, options);
    super((context) => maker.create(context), {
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
    return { ...this.#counters, isolation: this.isolation, backend: this.#backend };
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

/** Makes the instances of one pool. */
class Maker<Api extends GuestApi> {
  readonly plan: PlannedPool<Api>;
  readonly counters: WasmCounters = newCounters();
  readonly backend: SnapshotBackend;
  readonly #program: WasmProgram<Api>;

  constructor(program: WasmProgram<Api>, given: WasmPoolOptions<Api>) {
    const { execution: _execution, ...rest } = given;
    this.plan = planPool(program, rest);
    this.#program = program;
    this.backend = chooseBackend(this.plan.options.backend, this.plan.warn);
  }

  async create(context: CreateContext): Promise<WasmInstance<Api>> {
    const { options, isolation, coldStartTargetMs, warn } = this.plan;
    const instance = await WasmInstance.create({
      program: this.#program,
      options,
      isolation,
      backend: this.backend,
      counters: this.counters,
      died: context.died,
    });
    const { coldStartMs } = this.counters;
    if (coldStartMs <= coldStartTargetMs) return instance;
    this.counters.coldStartsOverTarget += 1;
    if (this.counters.coldStartsOverTarget === 1) {
      warn(
        `${this.#program.name}: an instance took ${coldStartMs.toFixed(1)} ms to make, more than the target of ${coldStartTargetMs} ms; told once, then counted`,
      );
    }
    return instance;
  }
}
