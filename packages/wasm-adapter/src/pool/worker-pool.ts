import type { CloseOptions, CreateContext, PoolOptions } from '@rockpool/core';
import { Pool } from '@rockpool/core';
import { WasmOptionsError } from '../errors.js';
import type { WasmCounters } from '../instance/counters.js';
import { newCounters } from '../instance/counters.js';
import type { WasmInstanceOptions } from '../instance/options.js';
import type { Arguments, Functions, Result } from '../instance/parts.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import type { ModuleReference } from '../program/reference.js';
import { isReference, postedReference } from '../program/reference.js';
import { WasmWorkerInstance } from '../worker/instance.js';
import { addCounters } from '../worker/layout.js';
import type { WorkerPlan } from '../worker/remote-guest.js';
import { RemoteGuest } from '../worker/remote-guest.js';
import type { PlannedPool } from './plan.js';
import { planPool } from './plan.js';

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

/** Figures of a pool of workers, beside those that every pool has. */
export interface WasmWorkerPoolStats extends Readonly<WasmCounters> {
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
  readonly #crew: Crew;

  constructor(program: WasmProgram<Api>, options: WasmWorkerPoolOptions<Api>) {
    const { execution: _execution, slotBytes = 1 << 20, spares = 1, ...rest } = options;
    const { warmUp, reseed, ...others } = rest;
    const problems = [
      ...(warmUp === undefined || isReference(warmUp) ? [] : ['warmUp']),
      ...(reseed === undefined || isReference(reseed) ? [] : ['reseed']),
    ].map(
      (name) =>
        `\`${name}\` is a function, which cannot be sent to a worker; give \`{ module, export }\``,
    );
    if (!Number.isInteger(slotBytes) || slotBytes < 1_024)
      problems.push('`slotBytes` must be at least 1024');
    if (!Number.isInteger(spares) || spares < 0) problems.push('`spares` must be 0 or more');
    if (problems.length > 0) throw new WasmOptionsError('createWasmPool', problems);
    const plan: PlannedPool<Api> = planPool(program, others);
    const { options: resolved, isolation } = plan;
    const crew = new Crew(
      {
        program: program.posted(),
        isolation,
        backend: resolved.backend,
        check: resolved.check,
        deadlineMs: resolved.deadlineMs,
        mechanism: resolved.mechanism,
        fuel: resolved.fuel,
        limitPages: resolved.limitPages,
        growth: resolved.growth,
        startDeadlineMs: resolved.startDeadlineMs,
        warmUp: warmUp && postedReference(warmUp),
        reseed: reseed && postedReference(reseed),
        slotBytes,
        hardKillAfterMs: resolved.hardKillAfterMs,
      },
      spares,
      plan.warn,
    );
    super((context) => crew.create<Api>(context), {
      name: `wasm:${program.name}`,
      ...(plan.poolOptions as PoolOptions<WasmWorkerInstance<Api>>),
    });
    this.program = program;
    this.isolation = isolation;
    this.#crew = crew;
  }

  /** Borrows a worker for one call; see {@link WasmWorkerInstance.call}. */
  call<Name extends Functions<Api>>(
    name: Name,
    ...values: Arguments<Api[Name]>
  ): Promise<Result<Api[Name]>> {
    return this.use(
      (instance) => instance.callOnce(name as string, values) as Promise<Result<Api[Name]>>,
    );
  }

  /** Borrows a worker for one call with bytes; a string is sent as UTF-8. */
  callBytes(name: string, input: Uint8Array | string): Promise<Uint8Array> {
    return this.use((instance) => instance.callBytesOnce(name, input));
  }

  wasmStats(): WasmWorkerPoolStats {
    return { ...this.#crew.stats(), isolation: this.isolation };
  }

  override async close(options?: CloseOptions): Promise<void> {
    await super.close(options);
    await this.#crew.dismiss();
  }
}

/** The workers of one pool: those in the pool, those that stand ready, and what the ended ones left behind. */
class Crew {
  readonly #plan: WorkerPlan;
  readonly #spares: number;
  readonly #warn: (message: string) => void;
  readonly #members = new Set<RemoteGuest>();
  readonly #ready: Promise<RemoteGuest>[] = [];
  readonly #past: WasmCounters = newCounters();
  readonly #told = new Set<string>();
  #compiled = 0;
  #state: 'open' | 'dismissed' = 'open';

  constructor(plan: WorkerPlan, spares: number, warn: (message: string) => void) {
    this.#plan = plan;
    this.#spares = spares;
    this.#warn = warn;
  }

  async create<Api extends GuestApi>({ died }: CreateContext): Promise<WasmWorkerInstance<Api>> {
    const guest = await (this.#ready.shift() ?? this.#start());
    guest.onEnd = (error) => {
      this.#members.delete(guest);
      addCounters(this.#past, guest.counters);
      died(error);
    };
    this.#prepareSpares();
    return new WasmWorkerInstance<Api>(guest);
  }

  stats(): WasmCounters & { spares: number; compiledInWorkers: number } {
    const sum = { ...this.#past };
    for (const guest of this.#members) addCounters(sum, guest.counters);
    return { ...sum, spares: this.#ready.length, compiledInWorkers: this.#compiled };
  }

  async dismiss(): Promise<void> {
    this.#state = 'dismissed';
    const waiting = this.#ready.slice();
    this.#ready.length = 0;
    const spares = await Promise.allSettled(waiting);
    for (const spare of spares) if (spare.status === 'fulfilled') await spare.value.terminate();
  }

  async #start(): Promise<RemoteGuest> {
    const guest = await RemoteGuest.start(this.#plan);
    this.#members.add(guest);
    this.#compiled += guest.compiled;
    for (const warning of guest.warnings) {
      if (!this.#told.has(warning)) this.#warn(warning);
      this.#told.add(warning);
    }
    return guest;
  }

  #prepareSpares(): void {
    if (this.#state === 'dismissed') return;
    while (this.#ready.length < this.#spares) {
      const spare = this.#start();
      this.#ready.push(spare);
      spare.catch((error: unknown) => {
        const index = this.#ready.indexOf(spare);
        if (index >= 0) void this.#ready.splice(index, 1);
        this.#warn(`a spare worker could not be started: ${(error as Error).message}`);
      });
    }
  }
}
