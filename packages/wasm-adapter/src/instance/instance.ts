import type { Poolable } from '@rockpool/core';
import {
  WasmAbiError,
  WasmClosedError,
  WasmInstantiateError,
  WasmPoisonedError,
} from '../errors.js';
import type { GuestStore } from '../guest/store.js';
import { callWithBytes, exportedFunction } from '../program/core-abi.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { Guest } from '../program/runnable.js';
import type { MemoryImage } from '../snapshot/image.js';
import { Snapshot } from '../snapshot/snapshot.js';
import type { DeadlineMechanism } from './options.js';
import { classifyFailure } from './outcome.js';
import type {
  Arguments,
  CallLimits,
  Functions,
  InstanceInfo,
  InstanceParts,
  Result,
} from './parts.js';
import { isVmTimeout, runWithTimeout } from './vm-timeout.js';
import { isWorn } from './wear.js';

type State =
  | { readonly kind: 'usable' }
  | { readonly kind: 'running'; readonly label: string }
  | { readonly kind: 'poisoned'; readonly cause: unknown }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'destroyed' };

/**
 * One guest in a pool. Calls run under the limits of the pool; when the lease ends, the guest is put back to its
 * snapshot, replaced by a fresh one, or kept as it is, as the isolation says.
 */
export class WasmInstance<Api extends GuestApi = GuestApi> implements Poolable {
  readonly #parts: InstanceParts<Api>;
  readonly #mechanism: Exclude<DeadlineMechanism, 'auto'>;
  #guest: Guest<Api>;
  #snapshot: Snapshot | undefined;
  #state: State = usable;
  #incarnation = 1;
  #dirtyPages = 0;
  #restoreMs = 0;
  #fuelUsed = 0;
  #basePages = 0;
  readonly #wear = { calls: 0, failures: 0, growthFailures: 0 };
  /** `due` from the end of a lease until the guest was put back. */
  #cleaning: 'none' | 'due' = 'none';
  /** A busy instance is lent many times before the event loop turns; one turn asked for is enough. */
  #turn: 'none' | 'asked' = 'none';

  /** @internal Makes a guest, initialises it and takes its snapshot. */
  static async create<Api extends GuestApi>(parts: InstanceParts<Api>): Promise<WasmInstance<Api>> {
    const before = parts.options.now();
    const instance = new WasmInstance(parts, await makeGuest(parts));
    try {
      await instance.#initialise();
    } catch (error) {
      instance.destroy();
      throw error;
    }
    parts.counters.coldStartMs = parts.options.now() - before;
    return instance;
  }

  private constructor(parts: InstanceParts<Api>, guest: Guest<Api>) {
    this.#parts = parts;
    this.#guest = guest;
    const { mechanism } = parts.options;
    const { metering } = parts.program.isolationReport();
    this.#mechanism = mechanism === 'auto' ? mechanismFor[metering] : mechanism;
  }

  get isolation(): Isolation {
    return this.#parts.isolation;
  }

  get info(): InstanceInfo {
    const { store } = this.#guest;
    return {
      incarnation: this.#incarnation,
      pages: store.pages,
      peakPages: store.peakPages,
      growthFailures: store.growthFailures,
      dirtyPages: this.#dirtyPages,
      restoreMs: this.#restoreMs,
      fuelUsed: this.#fuelUsed,
      state: this.#state.kind,
    };
  }

  /**
   * Calls a function of the guest.
   *
   * @throws WasmDeadlineError, WasmFuelError, WasmMemoryLimitError or WasmTrapError if the guest was stopped or failed;
   * it must then be restored before it runs again.
   * @throws WasmExportError if there is no such function.
   * @throws WasmPoisonedError if it was stopped or trapped earlier in this lease.
   */
  call<Name extends Functions<Api>>(
    name: Name,
    ...values: Arguments<Api[Name]>
  ): Result<Api[Name]> {
    const api = this.#guest.api as Readonly<Record<string, unknown>>;
    const target = exportedFunction(api, name as string);
    const label = `${this.#parts.program.name}.${name as string}()`;
    return this.#run(label, () => target.apply(api, values)) as Result<Api[Name]>;
  }

  /**
   * Calls an export of a core module with bytes, by the convention in `docs/wasm.md`.
   *
   * @throws WasmAbiError if the guest names bytes outside its memory; else like {@link call}.
   */
  callBytes(name: string, input: Uint8Array): Uint8Array {
    const { program } = this.#parts;
    const api = this.#guest.api as Readonly<Record<string, unknown>>;
    return this.#run(`${program.name}.${name}()`, () =>
      callWithBytes(api, program.abi, name, input),
    );
  }

  /**
   * Runs code against the guest's API under the same limits as one call: for APIs of objects, where a single function
   * call is too small a unit. The code must be synchronous.
   */
  run<R>(work: (api: Api) => R, limits: CallLimits = {}): R {
    return this.#run(`${this.#parts.program.name}.run()`, () => work(this.#guest.api), limits);
  }

  /**
   * Puts the guest back to its snapshot, also after a stop or a trap. Gives false if there is no snapshot or it could
   * not be put back.
   */
  restore(): boolean {
    const { kind } = this.#state;
    if (this.#snapshot === undefined || kind === 'destroyed' || kind === 'lost') return false;
    if (kind === 'running') throw new Error('restore() was called from inside a call of the guest');
    const { counters, options } = this.#parts;
    const before = options.now();
    const outcome = this.#snapshot.restore();
    if (outcome.kind === 'lost') {
      counters.lost += 1;
      this.#state = outcome;
      return false;
    }
    if (kind === 'poisoned') counters.heals += 1;
    else counters.restores += 1;
    this.#state = usable;
    this.#dirtyPages = outcome.dirtyPages;
    counters.dirtyPages += outcome.dirtyPages;
    options.reseed?.(this.#guest.api);
    this.#restoreMs = options.now() - before;
    counters.restoreMs += this.#restoreMs;
    return true;
  }

  /** Called in the moment of lending: the guest is clean, or this throws and the pool takes another one. */
  onAcquire(): void {
    if (this.#cleaning === 'due' && !this.#clean()) {
      throw new WasmPoisonedError(this.#parts.program.name, new Error(this.#lostReason()));
    }
  }

  /** Says whether the guest may be lent: not after a trap, nor when its memory outgrew what `growth` allows. */
  validate(): boolean {
    if (this.#cleaning === 'due') return this.#clean();
    if (this.#state.kind !== 'usable') return false;
    return this.#parts.options.growth === 'keep' || this.#physicalPages() <= this.#basePages;
  }

  /**
   * Prepares the guest for the next borrower; false if it must be thrown away. A restore is only begun here: it runs
   * when the event loop has nothing else to do, or when the guest is lent again, whichever comes first.
   */
  reset(): boolean | Promise<boolean> {
    if (this.#state.kind === 'destroyed') return false;
    if (isWorn(this.#wear, this.#parts.options.retireAfter)) return false;
    if (this.isolation === 'fresh') return this.#replaceGuest();
    if (this.isolation === 'stateful' && this.#state.kind === 'usable') return this.validate();
    if (this.#snapshot === undefined || this.#state.kind === 'lost') return false;
    this.#cleaning = 'due';
    if (this.#turn === 'none') {
      this.#turn = 'asked';
      setImmediate(() => this.#cleanIdle());
    }
    return true;
  }

  /** Like {@link reset}, but a restore is done at once: for a worker, whose borrower has its answer already. */
  resetNow(): boolean | Promise<boolean> {
    if (this.isolation === 'fresh') return this.#replaceGuest();
    if (this.isolation === 'stateful' && this.#state.kind === 'usable') return this.validate();
    return this.#clean();
  }

  destroy(): void {
    this.#cleaning = 'none';
    this.#snapshot?.dispose();
    this.#snapshot = undefined;
    this.#guest.store.meter.dispose();
    this.#state = { kind: 'destroyed' };
  }

  #cleanIdle(): void {
    this.#turn = 'none';
    if (this.#cleaning === 'none' || this.#clean()) return;
    this.#parts.died?.(
      new WasmPoisonedError(this.#parts.program.name, new Error(this.#lostReason())),
    );
  }

  #clean(): boolean {
    this.#cleaning = 'none';
    return this.restore() && this.validate();
  }

  #lostReason(): string {
    return this.#state.kind === 'lost' ? this.#state.reason : 'its memory outgrew its snapshot';
  }

  #run<R>(label: string, work: () => R, limits: CallLimits = {}): R {
    this.#assertUsable(label);
    const { counters, options } = this.#parts;
    const { store } = this.#guest;
    const deadlineMs = limits.deadlineMs ?? options.deadlineMs;
    const fuel = limits.fuel ?? options.fuel;
    const limitPages = limits.maxPages ?? options.limitPages;
    if (limits.maxPages !== undefined) store.limitPages = limits.maxPages;
    const failuresBefore = store.growthFailures;
    const mechanism = this.#mechanism;
    this.#state = { kind: 'running', label };
    const before = options.now();
    store.meter.arm({ deadlineMs: mechanism === 'vm' ? undefined : deadlineMs, fuel });
    counters.calls += 1;
    this.#wear.calls += 1;
    let ended:
      | { readonly kind: 'returned'; readonly value: R }
      | { readonly kind: 'threw'; readonly thrown: unknown };
    try {
      const value =
        mechanism === 'vm' && deadlineMs !== undefined ? runWithTimeout(work, deadlineMs) : work();
      ended = { kind: 'returned', value };
    } catch (thrown) {
      ended = { kind: 'threw', thrown };
    }
    const stopped =
      ended.kind === 'threw' && isVmTimeout(ended.thrown) ? 'deadline' : store.meter.stopped;
    this.#fuelUsed = store.meter.used;
    store.meter.disarm();
    if (limits.maxPages !== undefined) store.limitPages = options.limitPages;
    counters.fuelUsed += this.#fuelUsed;
    const growthFailures = store.growthFailures - failuresBefore;
    counters.growthFailures += growthFailures;
    this.#wear.growthFailures += growthFailures;
    counters.peakPages = Math.max(counters.peakPages, store.peakPages);
    this.#state = usable;
    if (ended.kind === 'returned' && stopped === undefined) {
      if (isThenable(ended.value)) return this.#refusePromise(label);
      return ended.value;
    }
    const { error, guest } = classifyFailure(ended.kind === 'threw' ? ended.thrown : undefined, {
      label,
      stopped,
      deadlineMs,
      fuel,
      elapsedMs: options.now() - before,
      growthFailures,
      limitPages,
      requestedPages: Math.max(0, ...store.memories.map(({ refusedPages }) => refusedPages)),
    });
    if (stopped === 'deadline') counters.deadlineStops += 1;
    else if (stopped === 'fuel') counters.fuelStops += 1;
    else if (growthFailures > 0) counters.memoryLimitFailures += 1;
    else if (guest === 'poisoned') counters.traps += 1;
    if (guest === 'poisoned') {
      this.#wear.failures += 1;
      this.#state = { kind: 'poisoned', cause: error };
    }
    throw error;
  }

  /** Limits cannot hold across an await: the guest would run on without them. */
  #refusePromise(label: string): never {
    const error = new WasmAbiError(
      `${label} gave a promise; guests are called synchronously, because limits do not hold across an await`,
    );
    this.#state = { kind: 'poisoned', cause: error };
    throw error;
  }

  #assertUsable(label: string): void {
    const state = this.#state;
    if (state.kind === 'usable') return;
    if (state.kind === 'destroyed') throw new WasmClosedError(label);
    if (state.kind === 'poisoned') throw new WasmPoisonedError(label, state.cause);
    if (state.kind === 'lost') throw new WasmPoisonedError(label, new Error(state.reason));
    throw new WasmAbiError(`${label} was called while ${state.label} runs in the same instance`);
  }

  async #replaceGuest(): Promise<boolean> {
    const former = this.#guest;
    this.#guest = await makeGuest(this.#parts);
    former.store.meter.dispose();
    this.#incarnation += 1;
    this.#state = usable;
    await this.#initialise();
    return true;
  }

  async #initialise(): Promise<void> {
    const { options, isolation, program, backend, counters } = this.#parts;
    const { store, api } = this.#guest;
    await underStartLimits(this.#parts, store, async () => options.warmUp?.(api));
    this.#basePages = this.#physicalPages();
    counters.peakPages = Math.max(counters.peakPages, store.peakPages);
    if (isolation === 'fresh' || program.isolationReport().reasons.length > 0) return;
    const like = firstImages.get(program);
    const snapshot = new Snapshot(store, { backend, check: options.check, like });
    if (like === undefined) firstImages.set(program, snapshot.images);
    this.#snapshot = snapshot;
  }

  #physicalPages(): number {
    return this.#guest.store.memories.reduce((sum, { physicalPages }) => sum + physicalPages, 0);
  }
}

const usable: State = { kind: 'usable' };

const mechanismFor = { metered: 'fuel-clock', epoch: 'epoch', unmetered: 'vm' } as const;

/** Snapshots of one program share the blocks they have in common with the first one; its guest may be gone by then. */
const firstImages = new WeakMap<object, readonly MemoryImage[]>();

const isThenable = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { then?: unknown }).then === 'function';

async function makeGuest<Api extends GuestApi>(parts: InstanceParts<Api>): Promise<Guest<Api>> {
  const { program, options, counters } = parts;
  counters.instantiations += 1;
  const store = program.newStore(options);
  try {
    return await underStartLimits(parts, store, () => program.instantiate(store));
  } catch (error) {
    store.meter.dispose();
    throw error;
  }
}

/** Initialisation runs guest code as well: a start function must not hang the process either. */
async function underStartLimits<Api extends GuestApi, R>(
  { program, options }: InstanceParts<Api>,
  store: GuestStore,
  work: () => Promise<R>,
): Promise<R> {
  const before = options.now();
  store.meter.arm({ deadlineMs: options.startDeadlineMs, fuel: undefined });
  try {
    return await work();
  } catch (thrown) {
    const { error } = classifyFailure(thrown, {
      label: `${program.name} initialisation`,
      stopped: store.meter.stopped,
      deadlineMs: options.startDeadlineMs,
      fuel: undefined,
      elapsedMs: options.now() - before,
      growthFailures: store.growthFailures,
      limitPages: options.limitPages,
      requestedPages: Math.max(0, ...store.memories.map(({ refusedPages }) => refusedPages)),
    });
    if (error === thrown) {
      throw new WasmInstantiateError(
        `${program.name} could not be instantiated: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        thrown,
      );
    }
    throw error;
  } finally {
    store.meter.disarm();
  }
}
