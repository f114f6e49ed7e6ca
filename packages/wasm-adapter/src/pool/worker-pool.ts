import type { CloseOptions, PoolOptions } from '@rockpool/core';
import { Pool, systemClock } from '@rockpool/core';
import type { WasmCounters } from '../instance/counters.js';
import type { Arguments, Functions, Result } from '../instance/parts.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import type { WasmWorkerInstance } from '../worker/instance.js';
import { CallLine, type CallLineHost } from './call-line.js';
import { Crew } from './crew.js';
import type { WasmWorkerPoolOptions } from './options.js';

/** Figures of a pool of workers, beside those that every pool has. */
export interface WasmWorkerPoolStats extends Readonly<WasmCounters> {
  /** Calls stopped at their deadline, in the guest or with their worker, as the seed names them. */
  readonly epochTimeouts: number;
  readonly isolation: Isolation;
  /** Workers that stand ready beside the pool. */
  readonly spares: number;
  /** Modules compiled by workers: zero, because compiled ones are sent. */
  readonly compiledInWorkers: number;
}

/** A pool of instances in workers: a hostile guest shares nothing with this thread, and a stuck one can be ended. */
export class WasmWorkerPool<Api extends GuestApi = GuestApi> extends Pool<WasmWorkerInstance<Api>> {
  readonly program: WasmProgram<Api>;
  readonly isolation: Isolation;
  readonly #crew: Crew<Api>;
  readonly #line: CallLine;

  /** @throws WasmOptionsError or PoolOptionsError naming every problem, before anything is made. */
  constructor(program: WasmProgram<Api>, options: WasmWorkerPoolOptions<Api>) {
    const crew = new Crew<Api>(program, options);
    super(crew, {
      name: `wasm:${program.name}`,
      ...(crew.plan.poolOptions as PoolOptions<WasmWorkerInstance<Api>>),
    });
    this.program = program;
    this.isolation = crew.plan.isolation;
    this.#crew = crew;
    this.#line = new CallLine(this as CallLineHost, options.clock ?? systemClock, crew.slotBytes);
  }

  /**
   * Borrows a worker for one call; see {@link WasmWorkerInstance.call}. Very short calls that wait for the same worker
   * are sent to it together; each still finds the guest clean, and has its own limits.
   */
  call<Name extends Functions<Api>>(
    name: Name,
    ...values: Arguments<Api[Name]>
  ): Promise<Result<Api[Name]>> {
    return this.#line.call(name as string, values) as Promise<Result<Api[Name]>>;
  }

  /** Borrows a worker for one call with bytes; a string is sent as UTF-8. */
  callBytes(name: string, input: Uint8Array | string): Promise<Uint8Array> {
    return this.use((instance) => instance.callBytesOnce(name, input));
  }

  wasmStats(): WasmWorkerPoolStats {
    const counters = this.#crew.stats();
    const epochTimeouts = counters.deadlineStops + counters.hardKills;
    return { ...counters, epochTimeouts, isolation: this.isolation };
  }

  override async close(options?: CloseOptions): Promise<void> {
    await super.close(options);
    await this.#crew.dismiss();
  }
}
