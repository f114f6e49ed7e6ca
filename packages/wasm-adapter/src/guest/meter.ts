import type { EpochWatch } from '../epoch/timekeeper.js';

/** What ended a guest's run from outside. */
export type StopCause = 'deadline' | 'fuel';

export interface RunLimits {
  /** Milliseconds from now after which the guest is stopped; undefined for none. */
  readonly deadlineMs: number | undefined;
  /** Units of fuel after which the guest is stopped; undefined for none. */
  readonly fuel: number | undefined;
}

/** The fuel global of one instance and the units it was given. */
interface Tank {
  readonly fuel: WebAssembly.Global;
}

/**
 * Meters the code of one guest. Guests run on small grants of fuel; where a grant is used up, the meter looks at the
 * clock and at the budget. The size of a grant follows the guest's speed, so that the clock is read every 0.1 ms or so.
 */
export class GuestMeter {
  readonly #tanks: Tank[] = [];
  readonly #epochs: EpochWatch[] = [];
  readonly #now: () => number;
  #granted = 0;
  #grant = firstGrant;
  #budget = Number.POSITIVE_INFINITY;
  #deadlineAt = Number.POSITIVE_INFINITY;
  #lastLook = 0;
  #stopped: StopCause | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Why the guest was stopped since it was armed. */
  get stopped(): StopCause | undefined {
    return this.#stopped;
  }

  /** Fuel used since the guest was armed: one unit for a loop iteration or a function call. */
  get used(): number {
    let left = 0;
    for (const { fuel } of this.#tanks) left += fuel.value as number;
    return this.#granted - left;
  }

  /** Adds the fuel global of one more instance; gives the function that the instance calls when it is empty. */
  add(fuel: WebAssembly.Global): (left: number) => number {
    const tank = { fuel };
    this.#tanks.push(tank);
    fuel.value = 0;
    return (left) => this.#refill(tank, left);
  }

  /** Adds the epoch of one more instance; gives the function that the instance calls when its word is set. */
  addEpoch(epoch: EpochWatch): () => number {
    this.#epochs.push(epoch);
    // Instances are made in an armed run: their start function is guest code as well.
    epoch.arm(this.#remaining());
    return () => this.#epochCame(epoch);
  }

  /** Has the epochs forgotten: the guest is gone. */
  dispose(): void {
    for (const epoch of this.#epochs.splice(0)) epoch.dispose();
  }

  /** Starts a run. */
  arm(limits: RunLimits): void {
    this.#stopped = undefined;
    this.#granted = 0;
    this.#grant = firstGrant;
    this.#budget = limits.fuel ?? Number.POSITIVE_INFINITY;
    this.#lastLook = this.#now();
    this.#deadlineAt =
      limits.deadlineMs === undefined
        ? Number.POSITIVE_INFINITY
        : this.#lastLook + limits.deadlineMs;
    // An empty tank asks at its first check, so only modules that really run take a grant.
    for (const { fuel } of this.#tanks) fuel.value = 0;
    for (const epoch of this.#epochs) epoch.arm(limits.deadlineMs);
  }

  /** Ends all limits: code that runs now (initialisation, for example) runs freely. */
  disarm(): void {
    this.#budget = Number.POSITIVE_INFINITY;
    this.#deadlineAt = Number.POSITIVE_INFINITY;
    this.#stopped = undefined;
    for (const epoch of this.#epochs) epoch.arm(undefined);
  }

  /** The word stays set after a stop: glue that swallowed it gets no further. */
  #epochCame(epoch: EpochWatch): number {
    if (this.#stopped !== undefined) return stop;
    const remaining = this.#remaining();
    if (remaining !== undefined && remaining <= 0) {
      this.#stopped = 'deadline';
      return stop;
    }
    // A little early, or late news of an earlier run.
    epoch.arm(remaining);
    return 0;
  }

  #remaining(): number | undefined {
    return this.#deadlineAt === Number.POSITIVE_INFINITY
      ? undefined
      : this.#deadlineAt - this.#now();
  }

  #refill(tank: Tank, left: number): number {
    if (this.#stopped !== undefined) return stop; // glue that swallowed the stop gets no further
    const grant = this.#nextGrant();
    if (grant < 0) return stop;
    if (this.#budget !== Number.POSITIVE_INFINITY) return this.#refillFromBudget(tank, left, grant);
    // `left` is negative: what the last check overdrew is paid from this grant, if it is large enough.
    const given = Math.max(0, grant + left);
    this.#granted += given - left;
    return given;
  }

  /** Grants never exceed the budget, so the guest stops at the same check whatever their size. */
  #refillFromBudget(tank: Tank, left: number, grant: number): number {
    for (const other of this.#tanks) {
      if (other === tank) continue;
      this.#granted -= other.fuel.value as number;
      other.fuel.value = 0;
    }
    const used = this.#granted - left;
    const available = this.#budget - used;
    if (available < 0) {
      this.#stopped = 'fuel';
      return stop;
    }
    const given = Math.min(grant, available);
    this.#granted = used + given;
    return given;
  }

  #nextGrant(): number {
    if (this.#deadlineAt === Number.POSITIVE_INFINITY) return largestGrant;
    const now = this.#now();
    const remaining = this.#deadlineAt - now;
    if (remaining <= 0) {
      this.#stopped = 'deadline';
      return stop;
    }
    const elapsed = Math.max(now - this.#lastLook, 0.001);
    this.#lastLook = now;
    const untilDeadline = (this.#grant / elapsed) * remaining;
    const steady = (this.#grant / elapsed) * lookEveryMs;
    const next = Math.min(steady, this.#grant * 4, untilDeadline, largestGrant);
    this.#grant = Math.max(smallestGrant, Math.floor(next));
    return this.#grant;
  }
}

/** An answer below zero makes the guest trap. */
const stop = -1;
const lookEveryMs = 0.1;
const firstGrant = 4_096;
const smallestGrant = 256;
const largestGrant = 1 << 22;
