import { ExtractError } from '@rockpool/native-adapter';
import type { ExitCode } from '../exit-codes.js';
import { isCharset } from '../inputs/decode.js';
import { expandInputs } from '../inputs/expand.js';
import { type Format, printerOf } from '../report/formats.js';
import { summaryOf } from '../report/summary.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { Extractors, type WorkLimits } from '../work/extractors.js';
import { runJob } from '../work/job.js';
import { type Plan, planOf } from '../work/plan.js';

/** The options of `rockpool extract` as read from the command line. */
export interface ExtractOptions {
  readonly css: readonly string[];
  readonly regex: readonly string[];
  readonly article?: true;
  readonly json?: true;
  readonly markdown?: true;
  readonly text?: true;
  readonly concurrency: number;
  /** Milliseconds; 0 = no limit. */
  readonly timeout: number;
  readonly maxBytes: number;
  readonly encoding?: string;
  readonly quiet?: true;
}

/**
 * Extracts pages.
 *
 * @throws UsageError for a selector, a pattern or a charset that cannot be used, before anything is read
 */
export async function extract(
  inputs: readonly string[],
  options: ExtractOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { concurrency, timeout: timeoutMs, maxBytes, encoding } = options;
  if (encoding !== undefined && !isCharset(encoding)) {
    throw new UsageError(
      `--encoding ${encoding}: no such charset; known are utf-8, windows-1252, gb18030, shift_jis, …`,
    );
  }
  const plan = planOf(options.css, options.regex, options.article === true);
  const limits = { concurrency, timeoutMs, maxBytes };
  await using extractors = openExtractors(plan, limits);
  const expansion = await expandInputs(inputs);
  const several = expansion.sources.length > 1;
  const print = printerOf(formatOf(options, plan), { several });
  const report = await runJob({ inputs: expansion, extractors, limits, encoding, print }, terminal);
  if (options.quiet !== true) terminal.stderr.write(summaryOf(report));
  return report.exitCode;
}

function openExtractors(plan: Plan, limits: WorkLimits): Extractors {
  try {
    return new Extractors(plan, limits);
  } catch (error) {
    if (ExtractError.is(error)) throw new UsageError(usageMessage(error), { cause: error });
    throw error;
  }
}

function usageMessage(error: ExtractError): string {
  if (error.code !== 'ERR_EXTRACT_UNSAFE_PATTERN') return error.message;
  return `${error.message.split('. ')[0]}. Patterns run in linear time here, which leaves out lookarounds and backreferences.`;
}

function formatOf({ json, markdown, text }: ExtractOptions, plan: Plan): Format {
  if (json) return 'json';
  if (markdown) return 'markdown';
  return text || plan.article === 'not-wanted' ? 'text' : 'markdown';
}
