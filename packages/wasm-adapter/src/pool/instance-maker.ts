import type { CreateContext, PoolFactory } from '@rockpool/core';
import type { WasmCounters } from '../instance/counters.js';
import { newCounters } from '../instance/counters.js';
import { WasmInstance } from '../instance/instance.js';
import type { GuestApi } from '../program/options.js';
import type { WasmProgram } from '../program/program.js';
import { chooseBackend } from '../snapshot/backend.js';
import type { SnapshotBackend } from '../snapshot/snapshot.js';
import { ColdStarts } from './cold-starts.js';
import type { WasmPoolOptions } from './options.js';
import type { PlannedPool } from './plan.js';
import { planPool } from './plan.js';

/** Makes the instances of one pool in this thread. */
export class InstanceMaker<Api extends GuestApi> implements PoolFactory<WasmInstance<Api>> {
  readonly plan: PlannedPool<Api>;
  readonly counters: WasmCounters = newCounters();
  readonly backend: SnapshotBackend;
  readonly #program: WasmProgram<Api>;
  readonly #coldStarts: ColdStarts;

  /** @throws WasmOptionsError naming every problem, before anything is made. */
  constructor(program: WasmProgram<Api>, given: WasmPoolOptions<Api>) {
    const { execution: _execution, ...rest } = given;
    this.plan = planPool(program, rest);
    this.#program = program;
    this.#coldStarts = new ColdStarts(program.name, this.plan);
    this.backend = chooseBackend(this.plan.options.backend, this.plan.warn);
  }

  async create({ died, signal }: CreateContext): Promise<WasmInstance<Api>> {
    const { options, isolation } = this.plan;
    const { counters } = this;
    const instance = await WasmInstance.create({
      program: this.#program,
      options,
      isolation,
      backend: this.backend,
      counters,
      died,
    });
    if (signal.aborted) {
      instance.destroy();
      throw signal.reason;
    }
    if (this.#coldStarts.isSlow(counters.coldStartMs)) counters.coldStartsOverTarget += 1;
    return instance;
  }
}
