import { runWithDeadline } from './deadline.js';
import { ExtractError, ExtractionTimeoutError } from './errors.js';
import { defaultLimits, type ExtractLimits } from './limits.js';

/** What every extractor takes. */
export interface GuardOptions {
  /** Overrides of the hard limits. */
  readonly limits?: Partial<ExtractLimits>;
  /** One extraction is stopped after this many ms; 0 means never. Default 30,000. */
  readonly deadlineMs?: number;
}

/** How an extractor is: `poisoned` after it was stopped in the middle of its work, `destroyed` for good. */
export type ExtractorState = 'ready' | 'poisoned' | 'destroyed';

/** Pages up to this size with linear work end in milliseconds: setting a deadline would cost more. */
const freeChars = 16_384;

/** The limits of one extractor, and whether it may still be used. */
export class ExtractionGuard {
  readonly limits: ExtractLimits;
  readonly deadlineMs: number;
  #state: ExtractorState = 'ready';

  constructor(options: GuardOptions) {
    this.limits = { ...defaultLimits, ...options.limits };
    this.deadlineMs = options.deadlineMs ?? 30_000;
  }

  get state(): ExtractorState {
    return this.#state;
  }

  /** Runs work whose cost grows at worst as said, under the deadline where it could matter. */
  run<R>(what: string, chars: number, cost: 'linear' | 'superlinear', work: () => R): R {
    this.#requireUsable();
    const deadlineMs = cost === 'linear' && chars <= freeChars ? 0 : this.deadlineMs;
    try {
      return runWithDeadline(work, deadlineMs, what);
    } catch (error) {
      if (error instanceof ExtractionTimeoutError) this.#state = 'poisoned';
      throw error;
    }
  }

  destroy(): void {
    this.#state = 'destroyed';
  }

  #requireUsable(): void {
    if (this.#state === 'ready') return;
    throw new ExtractError(
      'ERR_EXTRACT_DESTROYED',
      this.#state === 'destroyed'
        ? 'This extractor was destroyed. Check out another one.'
        : 'This extractor was stopped in the middle of its work and must not be used again. Check out another one.',
    );
  }
}
