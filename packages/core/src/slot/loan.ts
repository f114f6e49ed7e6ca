/**
 * What is written down about one lease. Most leases have none: it is made for a sampled duration, for a label, or when
 * somebody asks for the lease's signal.
 */
export class Loan {
  /** Exact start, in ms of the clock. */
  readonly since: number;
  /** How many loans this one stands for in the statistics; 0 = it is not timed. */
  readonly weight: number;
  readonly label: string | undefined;
  #controller: AbortController | undefined = undefined;

  constructor(since: number, weight: number, label: string | undefined) {
    this.since = since;
    this.weight = weight;
    this.label = label;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }
}
