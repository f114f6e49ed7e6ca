import { FALLBACK_TRIGGERS, type FallbackTrigger } from './trigger.js';

/** A page that the fallback had to read. */
export interface FallbackNote {
  readonly trigger: FallbackTrigger;
  readonly error: unknown;
  readonly url: string | undefined;
}

/** Counts fallbacks: each page once, by its trigger, whether the fallback could read it or not. */
export class FallbackBooks {
  readonly #counts = new Map<FallbackTrigger, number>();
  readonly #onFallback: (note: FallbackNote) => void;

  constructor(onFallback: (note: FallbackNote) => void) {
    this.#onFallback = onFallback;
  }

  record(note: FallbackNote): void {
    this.#counts.set(note.trigger, (this.#counts.get(note.trigger) ?? 0) + 1);
    this.#onFallback(note);
  }

  byTrigger(): Record<FallbackTrigger, number> {
    const entries = FALLBACK_TRIGGERS.map((trigger) => [trigger, this.#counts.get(trigger) ?? 0]);
    return Object.fromEntries(entries) as Record<FallbackTrigger, number>;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
