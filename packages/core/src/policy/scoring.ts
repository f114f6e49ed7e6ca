/** A perfect score inside the pool: hundredths of a point, so that a slot keeps it as a small integer. */
export const FULL_HEALTH = 10_000;

/** What was seen of a resource, from good to bad. `measured` is a health between 0 and 1 told by `validate`. */
export type Observation =
  | { readonly kind: 'clean-return' }
  | { readonly kind: 'passed' }
  | { readonly kind: 'measured'; readonly health: number }
  | { readonly kind: 'slow'; readonly tookMs: number; readonly limitMs: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'timeout' };

/** Each observation pulls the score towards a target by a share of the distance. */
const PULL = {
  'clean-return': 0.05,
  passed: 0.2,
  measured: 0.5,
  slow: 0.2,
  failed: 0.25,
  timeout: 0.5,
};

/**
 * The score after an observation: `score + pull * (target - score)`, in hundredths. The target is full health for
 * what went well, 0 for failures and time-outs, the reported health for `measured`, and for `slow` the share of its
 * time limit that was left. Monotone: a lower score or a worse observation never gives a higher result.
 */
export function scoreAfter(score: number, seen: Observation): number {
  const next = score + PULL[seen.kind] * (targetOf(seen) - score);
  // Rounding up keeps a recovering resource from sticking just below full, rounding down keeps a failing one falling.
  return next > score ? Math.min(FULL_HEALTH, Math.ceil(next)) : Math.max(0, Math.floor(next));
}

/** A whole number: no score is rounded past its target, or a lower one could end up above a higher one. */
function targetOf(seen: Observation): number {
  switch (seen.kind) {
    case 'clean-return':
    case 'passed':
      return FULL_HEALTH;
    case 'measured':
      return Math.round(clamp(seen.health) * FULL_HEALTH);
    case 'slow':
      return Math.round(clamp(1 - seen.tookMs / seen.limitMs) * FULL_HEALTH);
    case 'failed':
    case 'timeout':
      return 0;
  }
}

/** What the score of a pool is made of. Rates are between 0 and 1. */
export interface PoolSigns {
  /** Mean score of its resources, 0 to 100; 100 when it has none. */
  readonly resourceHealth: number;
  /** Decayed share of creations, checks and resets that failed. */
  readonly errorRate: number;
  /** Decayed share of `acquire` calls that were not served (timed out, refused, failed). */
  readonly refusalRate: number;
  /** Those who wait, as a share of themselves and all places: waiting / (waiting + max). */
  readonly pressure: number;
}

/**
 * The score of a pool, 0 to 100:
 * `resourceHealth * (1 - 0.5 errorRate) * (1 - 0.5 refusalRate) * (1 - 0.3 pressure)`.
 * Each factor falls when its sign gets worse, so worse input never raises the score.
 */
export function poolScore(signs: PoolSigns): number {
  const score =
    Math.min(100, Math.max(0, signs.resourceHealth)) *
    (1 - 0.5 * clamp(signs.errorRate)) *
    (1 - 0.5 * clamp(signs.refusalRate)) *
    (1 - 0.3 * clamp(signs.pressure));
  return Math.round(score * 100) / 100;
}

/** A share of failures that forgets: each result moves it by a sixteenth, so about the last 32 results count. */
export class DecayedRate {
  #rate = 0;

  get value(): number {
    return this.#rate;
  }

  record(result: 'ok' | 'failed'): void {
    if (result === 'ok' && this.#rate === 0) return;
    this.#rate += ((result === 'failed' ? 1 : 0) - this.#rate) / 16;
  }

  /** So many good results at once. */
  recordOk(count: number): void {
    if (this.#rate !== 0) this.#rate *= (15 / 16) ** count;
  }
}

function clamp(share: number): number {
  // Not a number counts as the worst.
  // biome-ignore lint/complexity/useMathMinMax: what is not a number has to become 0, and Math.max would keep it
  return share >= 1 ? 1 : share > 0 ? share : 0;
}
