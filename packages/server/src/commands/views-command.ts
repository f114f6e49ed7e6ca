import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import type { ViewsOptions } from '../views/options.js';

/** Adds `rockpool views` to the program. */
export function addViews(
  program: Command,
  terminal: Terminal,
  settle: (exitCode: ExitCode) => void,
): void {
  withViewsFlags(program.command('views'))
    .summary('index blocks with a metashrew indexer and answer its views')
    .description(
      'Indexes blocks with a metashrew indexer and answers its views by JSON-RPC at POST /.\n' +
        'Takes the flags of rockshrew-mono. Logs go to stderr; ROCKPOOL_LOG or RUST_LOG says how much:\n' +
        'debug, info (default), warn, error.',
    )
    .addHelpText('after', examples)
    .action(async (options: ViewsOptions) => {
      const { views } = await import('./views.js');
      settle(await views(options, terminal));
    });
}

/** Gives a command the flags that {@link ViewsOptions} stand for. */
export function withViewsFlags(command: Command): Command {
  addIndexFlags(command);
  addServerFlags(command);
  addPoolFlags(command);
  addFlagsWithoutEffect(command);
  return command;
}

function addIndexFlags(command: Command): void {
  command
    .requiredOption('--indexer <path>', 'the indexer, a WebAssembly module')
    .requiredOption('--db-path <path>', 'folder of the index; made when it is missing')
    .option('--daemon-rpc-url <url>', 'JSON-RPC of the Bitcoin node to follow')
    .option('--auth <user:password>', 'for the node')
    .option('--blocks <folder>', 'index the block files of this folder instead, with no node')
    .option('--start-block <height>', 'where an empty index begins', whole(0))
    .option('--exit-at <height>', 'end when this block is indexed', whole(0))
    .option('--label <text>', 'keep several indexes apart under one --db-path')
    .option('--max-reorg-depth <blocks>', 'blocks a reorganisation may take back', whole(0), 100)
    .option('--reorg-check-threshold <blocks>', 'look for one this near the tip', whole(0), 6);
}

function addServerFlags(command: Command): void {
  command
    .addOption(
      new Option('--host <address>', 'address to listen on').env('HOST').default('127.0.0.1'),
    )
    .addOption(
      new Option('--port <number>', 'port to listen on; 0 for any')
        .env('PORT')
        .default(8080)
        .argParser(whole(0, 65_535)),
    )
    .option('--cors <origins>', '"*", or origins separated by commas', 'http://localhost:8080')
    .option('--upstream-errors', 'answer errors in the literal shape of rockshrew-mono');
}

function addPoolFlags(command: Command): void {
  command
    .option('--enable-view-pool', 'run views in parallel')
    .option(
      '--view-pool-size <number>',
      `view runtimes in the pool (default: ${availableParallelism()}, the cores)`,
      whole(1, 1_024),
    )
    .option(
      '--view-pool-max-concurrent <number>',
      'views at once (default: twice the size)',
      whole(1),
    )
    .option('--view-pool-logging', 'log what the pool does')
    .option(
      '--view-pool-min <number>',
      'let the size follow the load, between this and --view-pool-size',
      whole(1, 1_024),
    )
    .option(
      '--view-deadline-ms <ms>',
      'stop a view that takes longer; 0 = never',
      whole(0),
      30_000,
    );
}

function addFlagsWithoutEffect(command: Command): void {
  command
    .option('--pipeline-size <number>', 'accepted and without effect, as upstream', whole(1))
    .option('--snapshot-directory <path>', 'accepted and without effect: there are no snapshots')
    .option('--snapshot-interval <blocks>', 'accepted and without effect', whole(1), 1_000)
    .option('--repo <url>', 'accepted and without effect: there are no snapshots')
    .option(
      '--prefixroot <name:0xhex>',
      'accepted and without effect: every key is under the state root',
      (value: string, before: readonly string[] = []) => [...before, value],
    );
}

const examples = `
Examples:
  rockpool views --enable-view-pool --daemon-rpc-url http://localhost:8332 \\
    --indexer ./indexer.wasm --db-path ./data
  rockpool views --enable-view-pool --blocks ./blocks --indexer ./indexer.wasm --db-path ./data
  curl -s localhost:8080 -d '{"jsonrpc":"2.0","id":1,"method":"metashrew_height","params":[]}'`;

function whole(least: number, most = 0xffff_ffff): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
