import type { TestPhase } from '../contract/poolable.js';
import { HealthCheckFailedError, reasonOf } from '../errors.js';
import type { Outcome } from '../lifecycle/door.js';
import { healthOfSlot, type Slot } from '../slot/slot.js';
import type { Yard } from './yard.js';

/** Checks of resources, and what a check does to their score. */
export class Checks<T> {
  readonly #yard: Yard<T>;

  constructor(yard: Yard<T>) {
    this.#yard = yard;
  }

  /**
   * Checks a slot that is in the state `validating`. Failed also means: the score fell below `minHealth`. The error of
   * a failure is always a HealthCheckFailedError.
   */
  test(slot: Slot<T>, phase: TestPhase): Outcome | Promise<Outcome> {
    const { door, options } = this.#yard;
    const beganAt = options.stats === 'exact' ? this.#yard.now() : 0;
    const answer = door.validate(slot, phase);
    if (!(answer instanceof Promise)) return this.#tested(slot, phase, answer, beganAt);
    const startedAt = this.#yard.justNow; // read when the hook's deadline was set
    return answer.then((outcome) => this.#tested(slot, phase, outcome, startedAt));
  }

  #tested(slot: Slot<T>, phase: TestPhase, outcome: Outcome, startedAt: number): Outcome {
    const { counters, errorRate, events, options } = this.#yard;
    counters.validated++;
    errorRate.record(outcome.kind === 'failed' ? 'failed' : 'ok');
    if (startedAt !== 0) {
      this.#yard.timed(slot, 'validate', this.#yard.now() - startedAt, options.validateTimeoutMs);
    }
    if (outcome.kind === 'failed') {
      this.#yard.observe(slot, { kind: outcome.timedOut ? 'timeout' : 'failed' });
    } else if (outcome.health !== undefined) {
      this.#yard.observe(slot, { kind: 'measured', health: outcome.health });
    } else this.#yard.observe(slot, { kind: 'passed' });
    const verdict = this.#judge(slot, outcome);
    if (events.heard.validate) {
      events.emit('validate', {
        info: this.#yard.infoOf(slot),
        phase,
        ok: verdict.kind === 'passed',
        health: healthOfSlot(slot) / 100,
        error: verdict.kind === 'failed' ? verdict.error : undefined,
      });
    }
    return verdict;
  }

  #judge(slot: Slot<T>, outcome: Outcome): Outcome {
    const { minHealth } = this.#yard.options;
    if (outcome.kind === 'failed') {
      if (outcome.error instanceof HealthCheckFailedError) return outcome;
      const error = new HealthCheckFailedError(reasonOf(outcome.error), {
        pool: this.#yard.name,
        cause: outcome.error,
      });
      return { ...outcome, error };
    }
    const score = healthOfSlot(slot) / 100;
    if (score >= minHealth) return outcome;
    const reason = `its score ${score} is below minHealth ${minHealth}`;
    return { kind: 'failed', error: new HealthCheckFailedError(reason), timedOut: false };
  }
}
