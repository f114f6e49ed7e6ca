import type { AutoscalePlan } from '../contract/options.js';

/** What a pool shows at one moment. */
export interface LoadSigns {
  /** Leases and waiters, in resources. */
  readonly demand: number;
  readonly oldestWaitMs: number;
}

/** The size that the demand of one moment asks for. */
export function desiredSize(plan: AutoscalePlan, signs: LoadSigns, current: number): number {
  const byDemand = Math.ceil(signs.demand / plan.targetUtilization);
  const byWait = signs.oldestWaitMs > plan.maxWaitMs ? current + 1 : 0;
  return Math.min(plan.max, Math.max(plan.min, byDemand, byWait));
}

interface Sample {
  readonly at: number;
  readonly desired: number;
}

/**
 * Turns the wishes of many moments into a size that stands still under a steady load: it grows to the least that was
 * wished for throughout the last `scaleUpAfterMs` and shrinks to the most that was wished for during the last
 * `scaleDownAfterMs`. (The stabilization windows of the Kubernetes pod autoscaler.)
 */
export class StableSize {
  readonly #plan: AutoscalePlan;
  readonly #samples: Sample[] = [];
  #current: number;

  constructor(plan: AutoscalePlan) {
    this.#plan = plan;
    this.#current = plan.min;
  }

  get current(): number {
    return this.#current;
  }

  /** Takes in the wish of this moment; returns the size to have from now on. */
  observe(now: number, desired: number): number {
    const { scaleUpAfterMs, scaleDownAfterMs } = this.#plan;
    const samples = this.#samples;
    samples.push({ at: now, desired });
    const longest = Math.max(scaleUpAfterMs, scaleDownAfterMs);
    // One sample from before the window is kept: it says what was wished for when the window began.
    while (samples.length > 1 && (samples[1] as Sample).at <= now - longest) samples.shift();
    const up = this.#window(now - scaleUpAfterMs);
    const down = this.#window(now - scaleDownAfterMs);
    if (up !== undefined) this.#current = Math.max(this.#current, Math.min(...up));
    if (down !== undefined) this.#current = Math.min(this.#current, Math.max(...down));
    return this.#current;
  }

  /** The wishes since `from`; `undefined` while the memory does not reach back so far. */
  #window(from: number): number[] | undefined {
    const samples = this.#samples;
    if ((samples[0] as Sample).at > from) return undefined;
    const first = samples.findLastIndex(({ at }) => at <= from);
    return samples.slice(first).map(({ desired }) => desired);
  }
}
