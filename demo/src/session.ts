import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type Configuration,
  configure,
  createLogger,
  type OperatedRuntime,
  type RuntimeStats,
  readConfigurationFile,
  type ShutdownReport,
  type SourceExit,
} from '@rockpool/pipeline';
import { yellowstoneRuntime, yellowstoneSource } from '@rockpool/yellowstone';
import { pipelinesFor, type Records } from './work.js';

/** One life of the runtime, from its start to its shutdown. */
export class Session {
  readonly runtime: OperatedRuntime;
  readonly #running: Promise<SourceExit>;

  private constructor(runtime: OperatedRuntime) {
    this.runtime = runtime;
    const ended = new AbortController();
    process.once('SIGTERM', () => ended.abort());
    this.#running = runtime.run({ signal: ended.signal });
    // It is awaited at the end; a failure must not be called unhandled before.
    this.#running.catch(() => undefined);
  }

  /** Begins with `from`, or with what comes. */
  static async start(
    address: string,
    records: Records,
    { from, random }: { readonly from: bigint | undefined; readonly random: () => number },
  ): Promise<Session> {
    const configuration = await configurationFor(address);
    const { grpc, runtime: limits } = configuration.config;
    const { balances, ledger, memos } = pipelinesFor(records);
    const runtime = await yellowstoneRuntime()
      .yellowstone(
        yellowstoneSource({
          endpoints: grpc.endpoint ?? address,
          fromSlot: from,
          reconnect: {
            initialMs: grpc.reconnectIntervalMs,
            maxMs: 1_000,
            maxAttempts: grpc.maxReconnectAttempts,
          },
          connections: { maxConnections: limits.maxConnections },
          random,
        }),
      )
      .account(balances)
      .instruction(ledger)
      .instruction(memos)
      .logger(createLogger({ level: 'error' }))
      .build(configuration);
    return new Session(runtime);
  }

  /** Resolves when everything up to this slot has been handled. */
  async handled(slot: bigint, signal: AbortSignal): Promise<void> {
    while ((this.runtime.stats().handledUpTo ?? -1n) < slot) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** As a service manager ends it: by a signal, which drains it. */
  async terminate(): Promise<{ report: ShutdownReport; stats: RuntimeStats; metrics: string }> {
    process.kill(process.pid, 'SIGTERM');
    await this.#running;
    const report = await this.runtime.shutdown();
    return { report, stats: this.runtime.stats(), metrics: await this.runtime.exportMetrics() };
  }
}

/** The file of a service; what a demonstration cannot wait for is said in code. */
async function configurationFor(address: string): Promise<Configuration> {
  return configure({
    argument: {
      grpc: { endpoint: address, reconnectInterval: 50, maxReconnectAttempts: 100 },
    },
    file: await readConfigurationFile(fileURLToPath(new URL('../vixen.toml', import.meta.url))),
    processors: availableParallelism(),
  });
}
