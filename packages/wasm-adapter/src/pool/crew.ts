import type { CreateContext, PoolFactory } from '@rockpool/core';
import { WasmOptionsError } from '../errors.js';
import type { WasmCounters } from '../instance/counters.js';
import { newCounters } from '../instance/counters.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import type { ModuleReference } from '../program/reference.js';
import { isReference, postedReference } from '../program/reference.js';
import { WasmWorkerInstance } from '../worker/instance.js';
import { addCounters } from '../worker/layout.js';
import type { WorkerPlan } from '../worker/remote-guest.js';
import { RemoteGuest } from '../worker/remote-guest.js';
import { SlotShelf } from '../worker/slot-shelf.js';
import { ColdStarts } from './cold-starts.js';
import type { WasmWorkerPoolOptions } from './options.js';
import type { PlannedPool } from './plan.js';
import { planPool } from './plan.js';

/** The workers of one pool: those in the pool, those that stand ready, and what the ended ones left behind. */
export class Crew<Api extends GuestApi> implements PoolFactory<WasmWorkerInstance<Api>> {
  readonly plan: PlannedPool<Api>;
  readonly slotBytes: number;
  readonly #workerPlan: WorkerPlan;
  readonly #slots: SlotShelf;
  readonly #spares: number;
  readonly #coldStarts: ColdStarts;
  readonly #members = new Set<RemoteGuest>();
  readonly #ready: Promise<RemoteGuest>[] = [];
  readonly #past: WasmCounters = newCounters();
  readonly #told = new Set<string>();
  readonly #dismissal = new AbortController();
  #compiled = 0;
  #coldStartsOverTarget = 0;

  /** @throws WasmOptionsError naming every problem, before anything is made. */
  constructor(program: WasmProgram<Api>, given: WasmWorkerPoolOptions<Api>) {
    const { execution: _execution, slotBytes = 1 << 20, spares = 1, ...rest } = given;
    const { warmUp, reseed, ...others } = rest;
    const problems = [...unsendable('warmUp', warmUp), ...unsendable('reseed', reseed)];
    if (!Number.isInteger(slotBytes) || slotBytes < 1_024) {
      problems.push('`slotBytes` must be at least 1024');
    }
    if (!Number.isInteger(spares) || spares < 0) problems.push('`spares` must be 0 or more');
    if (problems.length > 0) throw new WasmOptionsError('createWasmPool', problems);
    this.plan = planPool(program, others);
    const { options, isolation } = this.plan;
    this.#workerPlan = {
      program: program.posted(),
      isolation,
      backend: options.backend,
      check: options.check,
      deadlineMs: options.deadlineMs,
      mechanism: options.mechanism,
      fuel: options.fuel,
      limitPages: options.limitPages,
      growth: options.growth,
      startDeadlineMs: options.startDeadlineMs,
      warmUp: warmUp && postedReference(warmUp),
      reseed: reseed && postedReference(reseed),
      hardKillAfterMs: options.hardKillAfterMs,
    };
    this.slotBytes = slotBytes;
    this.#slots = new SlotShelf(slotBytes);
    this.#spares = spares;
    this.#coldStarts = new ColdStarts(program.name, this.plan);
  }

  async create({ died, signal }: CreateContext): Promise<WasmWorkerInstance<Api>> {
    const guest = await (this.#ready.shift() ?? this.#start(signal));
    guest.onEnd = (error) => {
      this.#members.delete(guest);
      addCounters(this.#past, guest.counters);
      died(error);
    };
    if (signal.aborted) {
      await guest.terminate();
      throw signal.reason;
    }
    this.#prepareSpares();
    return new WasmWorkerInstance<Api>(guest, this.plan.options.retireAfter);
  }

  stats(): WasmCounters & { spares: number; compiledInWorkers: number } {
    const sum = { ...this.#past };
    for (const guest of this.#members) addCounters(sum, guest.counters);
    sum.coldStartsOverTarget = this.#coldStartsOverTarget;
    return { ...sum, spares: this.#ready.length, compiledInWorkers: this.#compiled };
  }

  /** Ends the workers that stand ready, and starts no more. */
  async dismiss(): Promise<void> {
    this.#dismissal.abort(new Error('the pool was closed'));
    const spares = await Promise.allSettled(this.#ready.splice(0));
    for (const spare of spares) if (spare.status === 'fulfilled') await spare.value.terminate();
  }

  async #start(signal: AbortSignal): Promise<RemoteGuest> {
    const guest = await RemoteGuest.start(this.#workerPlan, this.#slots, signal);
    this.#members.add(guest);
    this.#compiled += guest.compiled;
    if (this.#coldStarts.isSlow(guest.counters.coldStartMs)) this.#coldStartsOverTarget += 1;
    for (const warning of guest.warnings) {
      if (!this.#told.has(warning)) this.plan.warn(warning);
      this.#told.add(warning);
    }
    return guest;
  }

  #prepareSpares(): void {
    const { signal } = this.#dismissal;
    while (!signal.aborted && this.#ready.length < this.#spares) {
      const spare = this.#start(signal);
      this.#ready.push(spare);
      spare.catch((error: unknown) => {
        const index = this.#ready.indexOf(spare);
        if (index >= 0) void this.#ready.splice(index, 1);
        if (signal.aborted) return;
        this.plan.warn(`a spare worker could not be started: ${(error as Error).message}`);
      });
    }
  }
}

function unsendable(name: string, hook: ModuleReference | undefined): string[] {
  if (hook === undefined || isReference(hook)) return [];
  return [
    `\`${name}\` is a function, which cannot be sent to a worker; give \`{ module, export }\``,
  ];
}
