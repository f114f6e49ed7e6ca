import { PoolError } from '@rockpool/core';
import { ViewError } from '@rockpool/view-runtime';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { Interruption } from '../interruption.js';
import { logTo } from '../log.js';
import { printable } from '../report/printable.js';
import type { Terminal } from '../terminal.js';
import type { ViewsOptions } from '../views/options.js';
import { runViews } from '../views/run-views.js';

/**
 * Indexes and serves until it is stopped, or `--exit-at` is reached. What goes wrong is told on stderr.
 *
 * @throws UsageError when the options contradict each other
 */
export async function views(options: ViewsOptions, terminal: Terminal): Promise<ExitCode> {
  const log = logTo(terminal.stderr, terminal.env);
  using interruption = new Interruption(terminal, {
    onStop: () => log.info('stopping: the views that run are answered; once more ends at once'),
    beforeExit: () => {},
  });
  try {
    await runViews(options, { log, signal: interruption.signal });
  } catch (error) {
    if (!isExpected(error)) throw error;
    terminal.stderr.write(`rockpool: ${printable(error.message)}\n`);
    return exitCodes.failed;
  }
  return interruption.exitCode ?? exitCodes.ok;
}

/** What a user can do something about, rather than a bug of ours. */
function isExpected(error: unknown): error is Error {
  if (ViewError.is(error) || PoolError.is(error)) return true;
  // A port that is taken, a folder that cannot be written.
  return error instanceof Error && 'syscall' in error;
}
