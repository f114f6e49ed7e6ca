import type { AutoscalePlan } from '../contract/options.js';
import { desiredSize, StableSize } from '../policy/autoscale.js';
import type { Sizing } from './sizing.js';
import type { Yard } from './yard.js';

/**
 * Lets the size of a pool follow its load, between the limits of its plan. Sleeps, with no timer, while the pool is at
 * its least and nobody needs more.
 */
export class Autoscaler<T> {
  readonly #yard: Yard<T>;
  readonly #sizing: Sizing<T>;
  readonly #plan: AutoscalePlan;
  readonly #periodMs: number;
  readonly #resized: () => void;
  #size: StableSize;
  #awake = false;

  constructor(yard: Yard<T>, sizing: Sizing<T>, plan: AutoscalePlan, resized: () => void) {
    this.#yard = yard;
    this.#sizing = sizing;
    this.#plan = plan;
    this.#resized = resized;
    this.#size = new StableSize(plan);
    const shortest = Math.min(plan.scaleUpAfterMs, plan.scaleDownAfterMs);
    this.#periodMs = Math.max(1, Math.ceil(shortest / 4));
  }

  /** Wakes up if the pool may have to grow. */
  consider(): void {
    if (this.#awake || !this.#needed()) return;
    this.#awake = true;
    this.#observe();
    this.#yard.agenda.after(this.#periodMs, () => this.#round());
  }

  #round(): void {
    this.#observe();
    if (this.#needed()) {
      this.#yard.agenda.after(this.#periodMs, () => this.#round());
      return;
    }
    this.#awake = false;
    // What was wished for before the sleep says nothing about what will be wished for after it.
    this.#size = new StableSize(this.#plan);
  }

  #observe(): void {
    const now = this.#yard.now();
    const { line, ledger, options } = this.#yard;
    const oldestAt = line.oldestAt;
    const signs = {
      demand: ledger.leased + line.size / options.concurrency,
      oldestWaitMs: oldestAt === undefined ? 0 : now - oldestAt,
    };
    const size = this.#size.observe(now, desiredSize(this.#plan, signs, this.#size.current));
    if (size === this.#yard.sizes.max) return;
    this.#sizing.resize({ max: size, min: this.#plan.min });
    this.#resized();
  }

  #needed(): boolean {
    const { state, line, sizes } = this.#yard;
    if (state === 'closing' || state === 'closed') return false;
    return line.size > 0 || sizes.max > this.#plan.min;
  }
}
