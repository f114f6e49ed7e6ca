import type { PlannedPool } from './plan.js';

/** Watches how long instances take to make: too long is said once, and counted by whoever asks. */
export class ColdStarts {
  readonly #program: string;
  readonly #targetMs: number;
  readonly #warn: (message: string) => void;
  #told: 'nothing' | 'once' = 'nothing';

  constructor(program: string, plan: Pick<PlannedPool<never>, 'coldStartTargetMs' | 'warn'>) {
    this.#program = program;
    this.#targetMs = plan.coldStartTargetMs;
    this.#warn = plan.warn;
  }

  isSlow(tookMs: number): boolean {
    if (tookMs <= this.#targetMs) return false;
    if (this.#told === 'nothing') {
      this.#told = 'once';
      this.#warn(
        `${this.#program}: an instance took ${tookMs.toFixed(1)} ms to make, more than the target of ${this.#targetMs} ms; told once, then counted`,
      );
    }
    return true;
  }
}
