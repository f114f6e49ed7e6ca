/** The right to make one call. To be answered for once; a second answer, or one after the state has changed, is ignored. */
export interface Permit {
  succeed(): void;
  fail(error?: unknown): void;
  /** The call said nothing about the health of the other side (it was cancelled, say). */
  cancel(): void;
}

/** What came of a call. */
export type CallResult = 'ok' | 'failed' | 'cancelled';

/** A permit that passes its first answer on, and no other. */
export class CallPermit implements Permit {
  #answer: ((result: CallResult, error: unknown) => void) | undefined;

  constructor(answer: (result: CallResult, error: unknown) => void) {
    this.#answer = answer;
  }

  succeed(): void {
    this.#settle('ok', undefined);
  }

  fail(error?: unknown): void {
    this.#settle('failed', error);
  }

  cancel(): void {
    this.#settle('cancelled', undefined);
  }

  #settle(result: CallResult, error: unknown): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(result, error);
  }
}
