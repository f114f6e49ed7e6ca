import { type Agenda, Appointment, type Clock } from '@rockpool/core';

/** Whether an answer is still to come. */
export function isPending<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    typeof (answer as { then?: unknown }).then === 'function'
  );
}

/** What to do with an answer that was waited for. Exactly one of them is called, once. */
export interface Awaiting<T> {
  answered(result: T): void;
  failed(error: unknown): void;
  /** The time is up; a later answer is ignored. */
  late(): void;
}

/** Waits for `answer`, at most `timeoutMs` where that is above 0. */
export function awaitAnswer<T>(
  answer: PromiseLike<T>,
  awaiting: Awaiting<T>,
  timeoutMs: number,
  agenda: Agenda,
  clock: Clock,
): void {
  if (timeoutMs === 0) {
    answer.then(
      (result) => awaiting.answered(result),
      (error: unknown) => awaiting.failed(error),
    );
    return;
  }
  const deadline = new Deadline(awaiting);
  agenda.put(deadline, timeoutMs, clock.now());
  const inTime = (): boolean => {
    agenda.drop(deadline);
    return !deadline.rung;
  };
  answer.then(
    (result) => {
      if (inTime()) awaiting.answered(result);
    },
    (error: unknown) => {
      if (inTime()) awaiting.failed(error);
    },
  );
}

class Deadline extends Appointment {
  readonly holdsProcess = true;
  readonly #awaiting: Awaiting<never>;
  rung = false;

  constructor(awaiting: Awaiting<never>) {
    super();
    this.#awaiting = awaiting;
  }

  ring(): void {
    this.rung = true;
    this.#awaiting.late();
  }
}
