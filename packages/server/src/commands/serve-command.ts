import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { withSettings } from './config-command.js';
import type { ServeOptions } from './serve.js';

/** Adds `rockpool serve` to the program. */
export function addServe(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  withSettings(
    program
      .command('serve')
      .summary('serve extraction, health, metrics and the dashboard')
      .description(
        'Serves the extraction pool over HTTP, with health, metrics and a dashboard, until it is interrupted.\n' +
          'It listens on this machine alone unless --host says otherwise.',
      ),
  )
    .addOption(new Option('--host <address>', 'listen on this address').default('127.0.0.1'))
    .addOption(
      new Option('-p, --port <number>', 'listen on this port; 0 = any that is free')
        .default(8_080)
        .argParser(port)
        .env('ROCKPOOL_PORT'),
    )
    .option('--component <file>', 'an extractor component that reads pages first')
    .option(
      '--actions',
      'serve actions (drain, resize, trip …) to those with the token in ROCKPOOL_TOKEN',
    )
    .addOption(
      new Option('--allowed-host <name>', 'answer for this host name too (repeatable)')
        .argParser(collected)
        .default([], 'only its own'),
    )
    .option('--demo', 'make a load of its own, with troubles, to look at')
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.js');
      settle(await serve(options, terminal));
    });
}

const collected = (value: string, before: readonly string[]): string[] => [...before, value];

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}
