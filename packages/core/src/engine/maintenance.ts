import { sweepPeriodMs } from '../policy/eviction.js';
import { extrasOf, isEnding, type Slot } from '../slot/slot.js';
import type { Checks } from './checks.js';
import type { Ending } from './ending.js';
import type { Yard } from './yard.js';

/** Resources ended in one turn of the event loop. */
const SLICE = 500;

/**
 * Looks after idle resources from time to time: ends those idle for too long or too old, checks those that are to be
 * checked while idle. Sleeps, with no timer, while nothing can expire.
 *
 * Idle times are told by the pool's coarse clock, which may lag by one period. An age is therefore only believed when
 * it exceeds its limit by a period: nothing is ended early, and at most two periods (a quarter of the limit) late.
 */
export class Maintenance<T> {
  asleep = true;
  readonly #yard: Yard<T>;
  readonly #ending: Ending<T>;
  readonly #checks: Checks<T>;
  /** What to do with an idle resource that passed its check. */
  readonly #settle: (slot: Slot<T>) => void;
  readonly #periodMs: number;
  /** How many more may be ended in this turn. */
  #left = SLICE;
  /** Since when the coarse clock has been kept, in coarse ms; older dates may be stale. */
  #awakeSince = 0;

  constructor(
    yard: Yard<T>,
    ending: Ending<T>,
    checks: Checks<T>,
    settle: (slot: Slot<T>) => void,
  ) {
    this.#yard = yard;
    this.#ending = ending;
    this.#checks = checks;
    this.#settle = settle;
    this.#periodMs = sweepPeriodMs(yard.options);
  }

  /** Wakes up if anything can expire now. */
  consider(): void {
    if (!this.asleep || !this.#needed()) return;
    this.asleep = false;
    this.#yard.now();
    this.#awakeSince = this.#yard.coarse;
    this.#yard.agenda.after(this.#periodMs, () => this.#round());
  }

  #needed(): boolean {
    if (this.#periodMs === 0) return false;
    const { ledger, sizes, options, state } = this.#yard;
    if (state === 'closing' || state === 'closed' || ledger.size === 0) return false;
    const { idleTimeoutMs, hardIdleTimeoutMs, maxLifetimeMs, testWhileIdle } = options;
    if (hardIdleTimeoutMs > 0 || maxLifetimeMs > 0 || testWhileIdle) return true;
    return idleTimeoutMs > 0 && ledger.size > Math.max(sizes.min, sizes.minIdle);
  }

  #round(): void {
    this.#yard.now();
    this.#yard.batch(() => this.#evictIdle());
    this.#endOld();
    if (this.#yard.options.testWhileIdle) this.#testIdle();
    this.#yard.pump();
    if (!this.#needed()) this.asleep = true;
    else this.#yard.agenda.after(this.#left === 0 ? 1 : this.#periodMs, () => this.#round());
  }

  /** Ends what has been idle for too long, in slices: a great many at once must not hold up the event loop. */
  #evictIdle(): void {
    const { shelf, options } = this.#yard;
    this.#left = SLICE;
    if (options.testWhileIdle) {
      // Checks put resources back out of order, so each has to be looked at.
      for (const slot of [...shelf]) {
        // Ending one runs its hook, which may have lent or ended another.
        if (slot.state === 'idle' && this.#idleTooLong(slot)) this.#evict(slot);
      }
      return;
    }
    for (let slot = shelf.oldest; slot !== undefined; slot = shelf.oldest) {
      if (this.#left === 0 || !this.#idleTooLong(slot)) return;
      this.#evict(slot);
    }
  }

  #idleTooLong(slot: Slot<T>): boolean {
    const { idleTimeoutMs, hardIdleTimeoutMs } = this.#yard.options;
    const idleMs = this.#idleMs(slot);
    if (hardIdleTimeoutMs > 0 && idleMs >= hardIdleTimeoutMs) return true;
    return idleTimeoutMs > 0 && idleMs >= idleTimeoutMs && this.#aboveMin();
  }

  #evict(slot: Slot<T>): void {
    this.#left--;
    this.#yard.shelf.remove(slot);
    void this.#ending.retire(slot, 'idle');
  }

  #aboveMin(): boolean {
    const { ledger, sizes, warmIdle } = this.#yard;
    return (
      ledger.size - ledger.destroying > sizes.min && ledger.idle > Math.max(sizes.minIdle, warmIdle)
    );
  }

  /** Surely idle for so long. */
  #idleMs(slot: Slot<T>): number {
    const { coarse } = this.#yard;
    return coarse - Math.max(slot.since, this.#awakeSince) - this.#periodMs;
  }

  #endOld(): void {
    const { shelf, options } = this.#yard;
    if (options.maxLifetimeMs === 0) return;
    for (const slot of [...shelf]) {
      if (slot.state !== 'idle' || !this.#ending.expired(slot)) continue;
      shelf.remove(slot);
      void this.#ending.retire(slot, 'lifetime');
    }
  }

  #testIdle(): void {
    const { shelf, options, coarse } = this.#yard;
    for (const slot of [...shelf]) {
      if (slot.state !== 'idle') continue;
      const extras = extrasOf(slot);
      const testedAt = Math.max(extras.testedAt, slot.createdAt);
      if (coarse - testedAt < options.keepAliveMs) continue;
      extras.testedAt = coarse;
      this.#test(slot);
    }
  }

  #test(slot: Slot<T>): void {
    const { shelf, ledger } = this.#yard;
    const { since } = slot;
    shelf.remove(slot);
    ledger.move(slot, 'validating');
    const answer = this.#checks.test(slot, 'idle');
    this.#yard.idleTests++;
    const done = (failed: boolean, error: unknown): void => {
      this.#yard.idleTests--;
      if (isEnding(slot)) return;
      if (failed) {
        void this.#ending.retire(slot, 'invalid', error);
        return;
      }
      this.#settle(slot);
      // A check is not a use: it must not keep a resource from being idle for too long.
      if (slot.state === 'idle') slot.since = since;
    };
    if (answer instanceof Promise) {
      void answer.then((is) =>
        done(is.kind === 'failed', is.kind === 'failed' ? is.error : undefined),
      );
    } else done(answer.kind === 'failed', answer.kind === 'failed' ? answer.error : undefined);
  }
}
