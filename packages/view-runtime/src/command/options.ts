import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';

/** What was asked for on the command line. */
export interface ViewsCommandOptions {
  readonly daemonRpcUrl?: string | undefined;
  readonly blocks?: string | undefined;
  readonly indexer: string;
  readonly dbPath: string;
  readonly startBlock?: number | undefined;
  readonly auth?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly label?: string | undefined;
  readonly exitAt?: number | undefined;
  readonly cors?: string | undefined;
  readonly maxReorgDepth: number;
  readonly reorgCheckThreshold: number;
  readonly enableViewPool?: boolean | undefined;
  readonly viewPoolSize?: number | undefined;
  readonly viewPoolMaxConcurrent?: number | undefined;
  readonly viewPoolLogging?: boolean | undefined;
  readonly viewDeadlineMs: number;
  readonly upstreamErrors?: boolean | undefined;
  readonly pipelineSize?: number | undefined;
  readonly snapshotDirectory?: string | undefined;
  readonly snapshotInterval: number;
  readonly repo?: string | undefined;
  readonly prefixroot?: readonly string[] | undefined;
}

/** The `views` command with the flags of `rockshrew-mono`; `run` does what they say. */
export function viewsCommandWith(run: (options: ViewsCommandOptions) => Promise<void>): Command {
  const cores = availableParallelism();
  return new Command('views')
    .description('index blocks with a metashrew indexer and answer its views by JSON-RPC')
    .requiredOption('--indexer <path>', 'the indexer, a WebAssembly module')
    .requiredOption('--db-path <path>', 'folder of the index; made when it is missing')
    .option('--daemon-rpc-url <url>', 'JSON-RPC of the Bitcoin node to follow')
    .option('--blocks <folder>', 'index block files of this folder instead, with no node')
    .option('--auth <user:password>', 'for the node')
    .option('--start-block <height>', 'where an empty index begins', whole(0))
    .option('--exit-at <height>', 'end when this block is indexed', whole(0))
    .option('--label <text>', 'keep several indexes apart under one --db-path')
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
    .option('--max-reorg-depth <blocks>', 'blocks a reorganisation may take back', whole(0), 100)
    .option('--reorg-check-threshold <blocks>', 'look for one this near the tip', whole(0), 6)
    .option('--enable-view-pool', 'run views in parallel')
    .option(
      '--view-pool-size <number>',
      `view runtimes in the pool (default: ${cores}, the cores)`,
      whole(1, 1_024),
    )
    .option(
      '--view-pool-max-concurrent <number>',
      'views at once (default: twice the size)',
      whole(1),
    )
    .option('--view-pool-logging', 'log what the pool does')
    .option('--view-deadline-ms <ms>', 'stop a view that takes longer; 0 = never', whole(0), 30_000)
    .option('--upstream-errors', 'answer errors in the literal shape of rockshrew-mono')
    .option('--pipeline-size <number>', 'accepted and without effect, as upstream', whole(1))
    .option('--snapshot-directory <path>', 'accepted and without effect: there are no snapshots')
    .option('--snapshot-interval <blocks>', 'accepted and without effect', whole(1), 1_000)
    .option('--repo <url>', 'accepted and without effect: there are no snapshots')
    .option(
      '--prefixroot <name:0xhex>',
      'accepted and without effect: every key is under the state root',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .action((options: ViewsCommandOptions) => run(options));
}

/** Flags that are taken and do nothing, as far as they were given. */
export function ignoredFlags(options: ViewsCommandOptions): readonly string[] {
  const given: readonly (readonly [string, unknown])[] = [
    ['--snapshot-directory', options.snapshotDirectory],
    ['--repo', options.repo],
    ['--prefixroot', options.prefixroot],
    ['--pipeline-size', options.pipelineSize],
  ];
  return given.filter(([, value]) => value !== undefined).map(([name]) => name);
}

function whole(least: number, most = 0xffff_ffff): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
