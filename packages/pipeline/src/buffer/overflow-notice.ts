import type { Agenda } from '@rockpool/core';

const AT_MOST_EVERY_MS = 1_000;

/** Tells of dropped items at most once a second, with exact counts: a flood of drops is no flood of events. */
export class OverflowNotice {
  readonly #agenda: Agenda;
  readonly #tell: (dropped: number, inAll: number) => void;
  #inAll = 0;
  #untold = 0;
  #quiet = false;

  constructor(agenda: Agenda, tell: (dropped: number, inAll: number) => void) {
    this.#agenda = agenda;
    this.#tell = tell;
  }

  get dropped(): number {
    return this.#inAll;
  }

  drop(): void {
    this.#inAll++;
    this.#untold++;
    if (!this.#quiet) this.#announce();
  }

  /** Tells what has not been told, before the end. */
  flush(): void {
    if (this.#untold > 0) this.#announce();
  }

  #announce(): void {
    const dropped = this.#untold;
    this.#untold = 0;
    this.#quiet = true;
    this.#agenda.after(AT_MOST_EVERY_MS, () => {
      this.#quiet = false;
      this.flush();
    });
    this.#tell(dropped, this.#inAll);
  }
}
