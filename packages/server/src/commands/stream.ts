import { showConfiguration } from '@rockpool/pipeline';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { printable } from '../report/printable.js';
import type { StreamOptions } from '../stream/options.js';
import { planOf, readSettings } from '../stream/plan.js';
import { runStream } from '../stream/run-stream.js';
import type { Terminal } from '../terminal.js';

/**
 * Streams what was asked for, or shows the settings in force.
 * @throws UsageError with everything that is wrong
 */
export async function stream(options: StreamOptions, terminal: Terminal): Promise<ExitCode> {
  const warn = (warnings: readonly string[]): void => {
    for (const each of warnings) terminal.stderr.write(`rockpool: ${printable(each)}\n`);
  };
  if (options.check === true) {
    const { inForce, warnings } = await readSettings(options, terminal.env);
    warn(warnings);
    terminal.stdout.write(`${printable(showConfiguration(inForce))}\n`);
    return exitCodes.ok;
  }
  const plan = await planOf(options, terminal.env);
  warn(plan.configuration.warnings);
  const { capture, quiet = false } = options;
  return runStream(plan, { capture, quiet }, terminal);
}
