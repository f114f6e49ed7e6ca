import type { Logger, LogLevel } from '../contract/ports.js';
import { TraceRing } from '../debug/trace-ring.js';
import type { TraceEntry, Tracing } from '../engine/surroundings.js';

/** What debugging does beside tracing. */
export interface DebugOptions {
  /** The level of the log meanwhile. Default `'debug'`. */
  readonly level?: LogLevel | undefined;
  /** Slabs whose released memory is overwritten meanwhile. */
  readonly slabs?: readonly { poison(): () => void }[] | undefined;
}

/** Updates whose end is remembered. */
const REMEMBERED = 1_000;

/** Traces updates while somebody debugs; otherwise nobody listens, and it costs nothing. */
export class DebugMode {
  readonly #tracing: Tracing;
  readonly #log: Logger;
  readonly #ring = new TraceRing<TraceEntry>(REMEMBERED);
  /** Those who debug, each with what it changed. */
  readonly #users = new Set<object>();
  #levelBefore: LogLevel | undefined;

  constructor(tracing: Tracing, log: Logger) {
    this.#tracing = tracing;
    this.#log = log;
  }

  get state(): 'on' | 'off' {
    return this.#users.size > 0 ? 'on' : 'off';
  }

  /** The last 1,000 updates that ended while it was on, oldest first. */
  trace(): TraceEntry[] {
    return this.#ring.toArray();
  }

  /** Begins to trace; ends when everybody who began has called what this returns. */
  enable({ level = 'debug', slabs = [] }: DebugOptions = {}): () => void {
    const user = {};
    if (this.#users.size === 0) {
      this.#ring.clear();
      this.#levelBefore = this.#log.level;
      this.#tracing.listener = (entry) => this.#ring.add(entry);
    }
    this.#users.add(user);
    this.#log.level = level;
    const unpoison = slabs.map((each) => each.poison());
    return () => {
      if (!this.#users.delete(user)) return;
      for (const end of unpoison) end();
      if (this.#users.size > 0) return;
      this.#tracing.listener = undefined;
      if (this.#levelBefore !== undefined) this.#log.level = this.#levelBefore;
    };
  }
}
