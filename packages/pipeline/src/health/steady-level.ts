import type { HealthLevel } from '../contract/ports.js';

/** The levels from good to bad. */
export const LEVELS: readonly HealthLevel[] = ['healthy', 'degraded', 'unhealthy'];

/** The worse of two levels. */
export function worse(one: HealthLevel, other: HealthLevel): HealthLevel {
  return LEVELS[Math.max(LEVELS.indexOf(one), LEVELS.indexOf(other))] as HealthLevel;
}

/**
 * A level that does not flap: it changes when `threshold` results in a row ask for it, to the one of them that is
 * nearest. What goes up and down between two levels stays where it is.
 */
export class SteadyLevel {
  readonly #threshold: number;
  #level: HealthLevel = 'healthy';
  /** Results since the last one that agreed with the level, all on one side of it. */
  #streak: HealthLevel[] = [];
  #failures = 0;

  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  get level(): HealthLevel {
    return this.#level;
  }

  /** Results in a row that were not healthy. */
  get failures(): number {
    return this.#failures;
  }

  /** Takes a result in, and returns the level. */
  add(result: HealthLevel): HealthLevel {
    this.#failures = result === 'healthy' ? 0 : this.#failures + 1;
    const side = sideOf(result, this.#level);
    const [last] = this.#streak;
    if (side === 0) this.#streak = [];
    else if (last !== undefined && sideOf(last, this.#level) !== side) this.#streak = [result];
    else this.#streak.push(result);
    if (this.#streak.length < this.#threshold) return this.#level;
    const ranks = this.#streak.map((each) => LEVELS.indexOf(each));
    const nearest = side > 0 ? Math.min(...ranks) : Math.max(...ranks);
    if (this.#streak.length > 0) this.#level = LEVELS[nearest] as HealthLevel;
    this.#streak = [];
    return this.#level;
  }
}

/** 1 worse than the level, -1 better, 0 the same. */
function sideOf(result: HealthLevel, level: HealthLevel): number {
  return Math.sign(LEVELS.indexOf(result) - LEVELS.indexOf(level));
}
