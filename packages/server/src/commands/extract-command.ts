import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { parseBytes, parseDuration } from '../quantities.js';
import type { Terminal } from '../terminal.js';
import type { ExtractOptions } from './extract.js';

/** Adds `rockpool extract` to the program. */
export function addExtract(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  program
    .command('extract')
    .summary('extract pages: articles, CSS selections, patterns')
    .description(
      'Extracts pages. Results go to stdout in the order of the inputs, everything else to stderr.\n' +
        'Without --css and --regex it gives the article of each page.',
    )
    .argument('<inputs...>', 'files, folders, glob patterns, http(s) URLs, or - for stdin')
    .option(
      '--css <selector>',
      'what a CSS selector matches (repeatable); "a@href" takes an attribute',
      collected,
      [],
    )
    .option(
      '--regex <pattern>',
      'what a pattern finds in the text (repeatable): a name such as email,\nphone, url, date, price, contact, or an expression such as \\d{4} or /colou?r/i',
      collected,
      [],
    )
    .option('--article', 'the article; the default, also beside --css and --regex')
    .addOption(
      new Option('--json', 'one JSON object a page and line').conflicts(['markdown', 'text']),
    )
    .addOption(new Option('--markdown', 'markdown; the default for articles').conflicts('text'))
    .addOption(
      new Option('--text', 'plain text; the default for --css and --regex: a value a line'),
    )
    .option('-c, --concurrency <number>', 'pages at once', concurrency, 8)
    .option(
      '--timeout <duration>',
      'reading a page, and extracting it, may each take so long: 500ms, 30s, 2m,\n0 = no limit (default: 30s)',
      duration,
      30_000,
    )
    .option(
      '--max-bytes <size>',
      'largest page: 500kB, 10MB, 1GiB (default: 10MB)',
      bytes,
      10_000_000,
    )
    .option('--encoding <charset>', 'read pages in this charset, whatever they say')
    .option('-q, --quiet', 'no summary; errors are shown all the same')
    .addHelpText('after', examples)
    .action(async (inputs: string[], options: ExtractOptions) => {
      const { extract } = await import('./extract.js');
      settle(await extract(inputs, options, terminal));
    });
}

const examples = `
Examples:
  rockpool extract page.html --text
  rockpool extract pages/ 'more/**/*.htm' https://example.com --json > pages.jsonl
  rockpool extract pages/ --css 'h1' --css 'a.next@href'
  rockpool extract pages/ --regex email --regex '/order no\\. \\d+/i'`;

const collected = (value: string, before: readonly string[]): string[] => [...before, value];

function concurrency(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new InvalidArgumentError('Expected a whole number from 1 to 9999.');
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError(
    'Expected a duration with its unit, such as 500ms, 30s or 2m, or 0 for no limit.',
  );
}

function bytes(text: string): number {
  const value = parseBytes(text);
  if (value !== undefined && value > 0) return value;
  throw new InvalidArgumentError('Expected a size, such as 500kB, 10MB or 1GiB.');
}
