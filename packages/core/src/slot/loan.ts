import { Appointment } from '../time/agenda.js';

/** Told when the time of a watched loan has come. */
export type LoanAlarm = (loan: Loan, now: number) => void;

/**
 * What is written down about one lease. Most leases have none: it is made for a sampled duration, for a label, for the
 * leak detection, or when somebody asks for the lease's signal. It is its own alarm, like a waiter.
 */
export class Loan extends Appointment {
  /** Exact start, in ms of the clock. */
  readonly since: number;
  /** How many loans this one stands for in the statistics; 0 = it is not timed. */
  readonly weight: number;
  readonly label: string | undefined;
  /** Where the lease was acquired; its `stack` is only formatted when it is read. */
  origin: Error | undefined = undefined;
  /** `reported` as a leak · `revoked`: taken away from its borrower */
  state: 'open' | 'reported' | 'revoked' | 'closed' = 'open';
  onAlarm: LoanAlarm | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(since: number, weight: number, label: string | undefined) {
    super();
    this.since = since;
    this.weight = weight;
    this.label = label;
  }

  /** A forgotten lease must not keep a process alive. */
  get holdsProcess(): boolean {
    return false;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Also for a signal that is asked for later: it has aborted then. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  ring(now: number): void {
    this.onAlarm?.(this, now);
  }
}
