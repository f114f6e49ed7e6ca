import type { IdleResource } from '../contract/options.js';
import { unknownKeys } from '../contract/parse.js';
import type { DestroyReason, ResourceInfo } from '../contract/poolable.js';
import { PoolOptionsError } from '../errors.js';
import { isEnding, type Slot } from '../slot/slot.js';
import type { Ending } from './ending.js';
import type { Sizes, Yard } from './yard.js';

/** Changes of size and content at run time: `resize`, `clear`, `retain`. */
export class Sizing<T> {
  readonly #yard: Yard<T>;
  readonly #ending: Ending<T>;

  constructor(yard: Yard<T>, ending: Ending<T>) {
    this.#yard = yard;
    this.#ending = ending;
  }

  resize(wanted: Partial<Sizes>): void {
    const { sizes, events, shelf, ledger } = this.#yard;
    checkKeys(wanted, Object.keys(sizes));
    const next = { ...sizes, ...withoutUndefined(wanted) };
    // Who only changes `max` means the pool's size: what follows from it follows.
    if (wanted.maxIdle === undefined && sizes.maxIdle === sizes.max) next.maxIdle = next.max;
    next.maxIdle = Math.min(next.maxIdle, next.max);
    check(next);
    Object.assign(sizes, next);
    for (let slot = shelf.oldest; slot !== undefined; slot = shelf.oldest) {
      const surplus = ledger.size - ledger.destroying > sizes.max;
      if (!surplus && ledger.idle <= sizes.maxIdle) break;
      shelf.remove(slot);
      void this.#ending.retire(slot, surplus ? 'shrink' : 'surplus');
    }
    if (events.heard.resize) events.emit('resize', { min: sizes.min, max: sizes.max });
  }

  /** Ends the resource that has been idle for longest, for the sake of another pool; false = none is idle. */
  evictOldest(): boolean {
    const { oldest } = this.#yard.shelf;
    if (oldest === undefined) return false;
    void this.#endIdle(oldest, 'surplus');
    return true;
  }

  /**
   * A new generation: idle resources end now, all others when they come back, and those that are being made, by what was
   * right until now, when they are there. Settles when the idle ones have ended.
   */
  async clear(): Promise<void> {
    this.#yard.nextGeneration();
    const { shelf, ledger, roster } = this.#yard;
    const ended = [...shelf].map((slot) => this.#endIdle(slot, 'clear'));
    for (const slot of [...roster.leased(), ...ledger.busy]) {
      if (!isEnding(slot)) this.#ending.doom(slot, 'stale');
    }
    await Promise.all(ended.filter((each) => each !== undefined));
  }

  /** Ends every resource of which `keep` is not true, those on loan when they come back; the number of them. */
  retain(keep: (resource: T, info: ResourceInfo) => boolean): number {
    const { shelf, roster } = this.#yard;
    let refused = 0;
    for (const slot of [...shelf, ...roster.leased()]) {
      if (slot.state !== 'idle' && slot.state !== 'leased') continue;
      if (keep(slot.resource as T, this.#yard.infoOf(slot))) continue;
      refused++;
      if (slot.state === 'idle') void this.#endIdle(slot, 'stale');
      else this.#ending.doom(slot, 'stale');
    }
    return refused;
  }

  /** The idle resources, the one used last first. */
  idle(): IdleResource<T>[] {
    return [...this.#yard.shelf].map((slot) => ({
      resource: slot.resource as T,
      info: this.#yard.infoOf(slot),
      evict: () => {
        if (slot.state !== 'idle') return false;
        void this.#endIdle(slot, 'idle');
        return true;
      },
    }));
  }

  #endIdle(slot: Slot<T>, reason: DestroyReason): Promise<void> | undefined {
    if (slot.state !== 'idle') return undefined;
    this.#yard.shelf.remove(slot);
    return this.#ending.retire(slot, reason);
  }
}

function checkKeys(wanted: unknown, known: readonly string[]): void {
  if (typeof wanted !== 'object' || wanted === null) {
    const message = `must be an object with some of ${known.join(', ')}`;
    throw new PoolOptionsError('resize', [{ path: '', message }]);
  }
  const problems = unknownKeys(wanted, known);
  if (problems.length > 0) throw new PoolOptionsError('resize', problems);
}

function check(sizes: Sizes): void {
  const { min, max, minIdle, maxIdle } = sizes;
  const problems = [];
  for (const [path, size] of Object.entries(sizes)) {
    const whole =
      Number.isInteger(size) || (path.startsWith('max') && size === Number.POSITIVE_INFINITY);
    if (!whole || size < (path === 'max' ? 1 : 0)) {
      problems.push({
        path,
        message: `is ${size}; it must be a whole number${path === 'max' ? ' of at least 1' : ''}`,
      });
    }
  }
  if (min > max) problems.push({ path: 'min', message: `is ${min}, more than max (${max})` });
  if (minIdle > max)
    problems.push({ path: 'minIdle', message: `is ${minIdle}, more than max (${max})` });
  if (maxIdle < Math.max(min, minIdle)) {
    problems.push({ path: 'maxIdle', message: `is ${maxIdle}, less than min or minIdle` });
  }
  if (problems.length > 0) throw new PoolOptionsError('resize', problems);
}

function withoutUndefined(sizes: Partial<Sizes>): Partial<Sizes> {
  const { min, max, minIdle, maxIdle } = sizes;
  return Object.fromEntries(
    Object.entries({ min, max, minIdle, maxIdle }).filter(([, size]) => size !== undefined),
  );
}
