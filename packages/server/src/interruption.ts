import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Why the work ends early: a signal of the user, or nobody reads the results any more. */
export type StopReason = 'interrupt' | 'terminate' | 'reader-gone';

/**
 * The one door to signals. The first Ctrl-C asks the work to end: what runs is finished, nothing new begins.
 * The second ends the process at once.
 */
export class Interruption implements Disposable {
  readonly #terminal: Terminal;
  readonly #onStop: (reason: StopReason) => void;
  readonly #beforeExit: () => void;
  readonly #controller = new AbortController();
  #reason: StopReason | undefined;

  constructor(
    terminal: Terminal,
    { onStop, beforeExit }: { onStop: (reason: StopReason) => void; beforeExit: () => void },
  ) {
    this.#terminal = terminal;
    this.#onStop = onStop;
    this.#beforeExit = beforeExit;
    terminal.on('SIGINT', this.#interrupt);
    terminal.on('SIGTERM', this.#terminate);
  }

  /** Aborts when nothing new shall begin. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What a stop makes of the exit code, if there was one and it matters. */
  get exitCode(): ExitCode | undefined {
    if (this.#reason === 'interrupt') return exitCodes.interrupted;
    return this.#reason === 'terminate' ? exitCodes.terminated : undefined;
  }

  stop(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#onStop(reason);
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    this.#terminal.off('SIGINT', this.#interrupt);
    this.#terminal.off('SIGTERM', this.#terminate);
  }

  readonly #interrupt = (): void => this.#signalled('interrupt');
  readonly #terminate = (): void => this.#signalled('terminate');

  #signalled(reason: 'interrupt' | 'terminate'): void {
    if (this.#reason === undefined || this.#reason === 'reader-gone') {
      this.stop(reason);
      return;
    }
    this.#beforeExit();
    this.#terminal.exit(reason === 'interrupt' ? exitCodes.interrupted : exitCodes.terminated);
  }
}
