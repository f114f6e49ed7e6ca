import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import type { DemoOptions } from './demo.js';

/** Adds `rockpool demo` to the program. */
export function addDemo(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  program
    .command('demo')
    .summary('see pools at work on sample pages and blocks')
    .description(
      'Extracts sample pages, and those of a folder where one is given, with a small pool of extractors.\n' +
        'Without a folder it also indexes sample blocks and asks views about them, one by one and in parallel.\n' +
        'Then it serves the cockpit for some seconds, with troubles on purpose, and tells what an operator would see.',
    )
    .argument('[folder]', 'a folder of pages of your own')
    .option('--no-serve', 'leave the cockpit out')
    .option('--stay', 'keep the cockpit open until Ctrl-C')
    .action(async (folder: string | undefined, options: DemoOptions) => {
      const { demo } = await import('./demo.js');
      settle(await demo(folder, options, terminal));
    });
}
