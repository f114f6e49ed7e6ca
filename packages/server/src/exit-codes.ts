/** What the exit codes of `rockpool` mean. */
export const exitCodes = {
  /** Every input was processed; also when the reader of a pipe (`| head`) had enough. */
  ok: 0,
  /** Some inputs failed; the others were processed. */
  failed: 1,
  /** The command line is wrong: nothing was read. */
  usage: 2,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
