import type { Runtime, RuntimeStats, ShutdownReport, SourceExit } from '@rockpool/pipeline';
import { RuntimeBuilder } from '@rockpool/pipeline';
import { type YellowstoneKinds, yellowstoneSource } from '@rockpool/yellowstone';
import { pipelinesFor, type Records } from './work.js';

/** One life of the runtime, from its start to its shutdown. */
export class Session {
  readonly runtime: Runtime;
  readonly #running: Promise<SourceExit>;

  private constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.#running = runtime.run();
    // It is awaited at the end; a failure must not be called unhandled before.
    this.#running.catch(() => undefined);
  }

  /** Begins with `from`, or with what comes. */
  static async start(
    address: string,
    records: Records,
    { from, random }: { readonly from: bigint | undefined; readonly random: () => number },
  ): Promise<Session> {
    const { balances, book, memos } = pipelinesFor(records);
    const runtime = await new RuntimeBuilder<YellowstoneKinds>()
      .source(
        yellowstoneSource({
          endpoints: address,
          reconnect: { initialMs: 50, maxMs: 1_000, maxAttempts: 100 },
          random,
        }),
      )
      .pipeline(balances)
      .pipeline(book)
      .pipeline(memos)
      .build({ name: 'demo', from, signals: ['SIGTERM'] });
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
  async terminate(): Promise<{ report: ShutdownReport; stats: RuntimeStats }> {
    process.kill(process.pid, 'SIGTERM');
    await this.#running;
    const report = await this.runtime.shutdown();
    return { report, stats: this.runtime.stats() };
  }
}
