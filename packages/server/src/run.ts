import { Command, CommanderError } from 'commander';
import { addConfig } from './commands/config-command.js';
import { addDemo } from './commands/demo-command.js';
import { addExtract } from './commands/extract-command.js';
import { addServe } from './commands/serve-command.js';
import { addStream } from './commands/stream-command.js';
import { addViews } from './commands/views-command.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { printable } from './report/printable.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';
import { version } from './version.js';

/**
 * Runs the command with `args` (without `node` and the script) and settles with its exit code. Does not end the
 * process, except at a second Ctrl-C.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  // Nobody reads any more (`| head`): no reason to crash. Results that cannot be written are told by who writes them.
  const ignore = (): void => {};
  terminal.stdout.on('error', ignore);
  terminal.stderr.on('error', ignore);
  let exitCode: ExitCode = exitCodes.ok;
  const program = new Command('rockpool')
    .description(
      'Extracts pages with pooled extractors; indexes blocks and answers views with pooled runtimes;\nstreams chains.',
    )
    .version(`rockpool ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(printable(text.replace(/^error: /, 'rockpool: '))),
    })
    .showHelpAfterError('(rockpool --help shows what there is)');
  const settle = (code: ExitCode): void => {
    exitCode = code;
  };
  addExtract(program, terminal, settle);
  addConfig(program, terminal, settle);
  addViews(program, terminal, settle);
  addStream(program, terminal, settle);
  addDemo(program, terminal, settle);
  addServe(program, terminal, settle);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    if (!(error instanceof UsageError)) throw error;
    terminal.stderr.write(`rockpool: ${printable(error.message)}\n`);
    return exitCodes.usage;
  }
}

const examples = `
Examples:
  rockpool extract page.html                        the article, as markdown
  rockpool extract pages/ --json > pages.jsonl      one JSON object a page
  rockpool extract 'blog/**/*.html' --css 'h1'      what a selector matches
  curl -s https://example.com | rockpool extract - --regex email
  rockpool views --blocks blocks/ --indexer indexer.wasm --db-path data --enable-view-pool
  rockpool stream --demo                            a chain, a JSON object a line
  rockpool demo                                     see it work
  rockpool serve --demo                             see it work in a browser

Exit codes: 0 all fine · 1 some inputs failed · 2 wrong usage · 130 interrupted`;
