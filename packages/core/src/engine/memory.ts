import type { MemoryPressureLevel, MemorySnapshot, MemoryStats } from '../contract/memory.js';
import { MemoryLimitExceededError } from '../errors.js';
import { pressureAfter } from '../policy/pressure.js';
import type { Slot } from '../slot/slot.js';

/** What the accounts need of the pool. */
export interface MemoryHost<T> {
  readonly name: string;
  now(): number;
  /** What a resource says; `undefined` when it does not, or when its answer could not be used. */
  askMemory(slot: Slot<T>): number | undefined;
}

/** The level changed. */
export interface PressureChange {
  readonly from: MemoryPressureLevel;
  readonly to: MemoryPressureLevel;
  readonly usedBytes: number;
  readonly limitBytes: number;
}

const SNAPSHOTS = 100;
const SNAPSHOT_EVERY_MS = 1_000;
const GROWTH_SAMPLES = 10;

/**
 * The accounts of memory: what each resource used when it was measured last. The sum is kept beside the entries and
 * changes only together with them; so it can neither drift nor go below 0. A pool whose resources do not say how much
 * they use has no entries.
 */
export class MemoryAccounts<T> {
  readonly limitBytes: number;
  readonly resourceLimitBytes: number;
  pressure: MemoryPressureLevel = 'low';
  gcRuns = 0;
  /** Told when the level has changed. */
  onPressure: (change: PressureChange) => void = ignore;
  readonly #host: MemoryHost<T>;
  readonly #bytes = new Map<Slot<T>, number>();
  readonly #snapshots: MemorySnapshot[] = [];
  #used = 0;
  #peak = 0;

  /** Limits in bytes; Infinity = none. */
  constructor(host: MemoryHost<T>, resourceLimitBytes: number, limitBytes: number) {
    this.#host = host;
    this.resourceLimitBytes = resourceLimitBytes;
    this.limitBytes = limitBytes;
  }

  get used(): number {
    return this.#used;
  }

  get snapshots(): readonly MemorySnapshot[] {
    return [...this.#snapshots];
  }

  bytesOf(slot: Slot<T>): number {
    return this.#bytes.get(slot) ?? 0;
  }

  /** Whether one resource uses more than it may. */
  isOver(slot: Slot<T>): boolean {
    return this.bytesOf(slot) > this.resourceLimitBytes;
  }

  /** Asks a resource how much it uses. One that gives no usable answer is taken to use what it used before. */
  measure(slot: Slot<T>): void {
    const bytes = this.#host.askMemory(slot);
    if (bytes !== undefined) this.#set(slot, bytes);
  }

  /** A resource has left the pool. */
  forget(slot: Slot<T>): void {
    if (this.#bytes.has(slot)) this.#set(slot, undefined);
  }

  /** Why no further resource may be made; `undefined` = one may. */
  refusal(): MemoryLimitExceededError | undefined {
    if (this.#used < this.limitBytes) return undefined;
    return new MemoryLimitExceededError(this.#used, this.limitBytes, { pool: this.#host.name });
  }

  overLimit(slot: Slot<T>): MemoryLimitExceededError {
    const used = this.bytesOf(slot);
    return new MemoryLimitExceededError(used, this.resourceLimitBytes, { pool: this.#host.name });
  }

  stats(): MemoryStats {
    let inUseBytes = 0;
    let largestBytes = 0;
    for (const [slot, bytes] of this.#bytes) {
      if (slot.state === 'leased') inUseBytes += bytes;
      largestBytes = Math.max(largestBytes, bytes);
    }
    return {
      usedBytes: this.#used,
      inUseBytes,
      peakBytes: this.#peak,
      largestBytes,
      limitBytes: finite(this.limitBytes),
      resourceLimitBytes: finite(this.resourceLimitBytes),
      share: this.#used / this.limitBytes,
      pressure: this.pressure,
      growthBytesPerS: this.#growth(),
      gcRuns: this.gcRuns,
    };
  }

  #set(slot: Slot<T>, bytes: number | undefined): void {
    const before = this.bytesOf(slot);
    if (bytes === undefined) this.#bytes.delete(slot);
    else this.#bytes.set(slot, bytes);
    // Sums of whole numbers are exact; with none left it is 0 whatever was added before.
    this.#used = this.#bytes.size === 0 ? 0 : this.#used - before + (bytes ?? 0);
    this.#peak = Math.max(this.#peak, this.#used);
    this.#remember();
    const from = this.pressure;
    const to = pressureAfter(from, this.#used / this.limitBytes);
    if (to === from) return;
    this.pressure = to;
    this.onPressure({ from, to, usedBytes: this.#used, limitBytes: this.limitBytes });
  }

  #remember(): void {
    const at = this.#host.now();
    const last = this.#snapshots.at(-1);
    if (last !== undefined && at - last.at < SNAPSHOT_EVERY_MS) return;
    this.#snapshots.push({ at, usedBytes: this.#used, resources: this.#bytes.size });
    if (this.#snapshots.length > SNAPSHOTS) this.#snapshots.shift();
  }

  #growth(): number {
    const recent = this.#snapshots.slice(-GROWTH_SAMPLES);
    const [first] = recent;
    const last = recent.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.usedBytes - first.usedBytes) / (last.at - first.at)) * 1_000;
  }
}

function finite(limit: number): number | undefined {
  return Number.isFinite(limit) ? limit : undefined;
}

function ignore(): void {}
