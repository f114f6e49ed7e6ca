import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

/** Adds `rockpool demo` to the program. */
export function addDemo(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  program
    .command('demo')
    .summary('see pooled extraction at work on sample pages')
    .description(
      'Extracts sample pages, and those of a folder where one is given, with a small pool of extractors.',
    )
    .argument('[folder]', 'a folder of pages of your own')
    .action(async (folder: string | undefined) => {
      const { demo } = await import('./demo.js');
      settle(await demo(folder, terminal));
    });
}
