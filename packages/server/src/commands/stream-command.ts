import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { StreamOptions } from '../stream/options.js';
import type { Terminal } from '../terminal.js';

/** What commander reads: lists that nothing was added to are missing. */
type Given = Partial<StreamOptions> & { readonly fromSlot?: string };

/** Adds `rockpool stream` to the program. */
export function addStream(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  const command = program
    .command('stream')
    .summary('print what happens on a Solana chain, from a Yellowstone server')
    .description(
      'Reads a Yellowstone gRPC stream and prints a JSON object a line: keys in base58, data in base64,\n' +
        'numbers of 64 bits as texts. Logs go to stderr. Every setting may also stand in the file of --config,\n' +
        'or in a variable such as ROCKPOOL_GRPC_ENDPOINT; a token is best kept in ROCKPOOL_GRPC_X_TOKEN.',
    )
    .option('--account <address>', 'changes of this account (repeatable)', collected)
    .option('--owner <program>', 'changes of the accounts of this program (repeatable)', collected)
    .option('--program <address>', 'instructions of this program (repeatable)', collected)
    .option('--tokens', 'accounts, mints and instructions of the token program')
    .option('--slots', 'statuses of slots')
    .option('--from-slot <slot>', 'begin with this slot, if the server has it still', slot)
    .option('--config <file>', 'settings from a TOML file')
    .option('--check', 'show the settings in force and where each comes from, and end')
    .option('--capture <file>', 'keep what is received in this file as well')
    .addOption(
      new Option('--replay <file>', 'read such a file instead of connecting').conflicts([
        'capture',
        'demo',
        'fromSlot',
      ]),
    )
    .option('--demo', 'stream a made-up chain of this process')
    .option('-q, --quiet', 'no summary at the end')
    .addHelpText('after', examples)
    .action(async (options: Given) => {
      const [{ stream }, { settingFlags }] = await Promise.all([
        import('./stream.js'),
        import('./stream-flags.js'),
      ]);
      const { fromSlot } = options;
      const first = fromSlot === undefined ? [] : [`--grpc-from-slot=${fromSlot}`];
      const settings = [...first, ...settingFlags(command)];
      settle(await stream({ account: [], owner: [], program: [], ...options, settings }, terminal));
    });
  // What the settings are is known to a package that no other command needs.
  program.hook('preSubcommand', async (_program, chosen) => {
    if (chosen !== command) return;
    const { addSettingFlags } = await import('./stream-flags.js');
    addSettingFlags(command);
  });
}

const collected = (value: string, before: readonly string[] = []): string[] => [...before, value];

function slot(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the number of a slot.');
}

const examples = `
Examples:
  rockpool stream --demo                                         see it work
  rockpool stream --config vixen.toml --slots
  rockpool stream --grpc-endpoint https://example.com:10000 --tokens > tokens.jsonl
  rockpool stream --config vixen.toml --program <address> --capture today.bin
  rockpool stream --replay today.bin --program <address>`;
