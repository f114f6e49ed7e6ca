import type { IdleResource } from '../contract/options.js';
import { type Clock, LONGEST_TIMER_MS, type TimerHandle, wallTime } from '../time/clock.js';
import type { Entry } from './entry.js';
import type { Evictor, PooledResource } from './evictor.js';
import type { RepairedOptions } from './options.js';

/** What the eviction needs of the pool. */
export interface EvictionHost<T> {
  /** The idle resources, the one to be lent next first. */
  idle(): readonly IdleResource<Entry<T>>[];
}

/**
 * Asks an evictor about idle resources from time to time: `numTestsPerEvictionRun` of them, going on next time where
 * it stopped and beginning anew after each one that went.
 */
export class Eviction<T> {
  /** The timer of the next run, `null` while there is none. */
  scheduled: TimerHandle | null = null;
  readonly #evictor: Evictor;
  readonly #options: RepairedOptions;
  readonly #clock: Clock;
  readonly #host: EvictionHost<T>;
  /** The one looked at last, and since when it had been idle then. */
  #cursor: { readonly entry: Entry<T>; readonly idleSince: number } | undefined = undefined;

  constructor(evictor: Evictor, options: RepairedOptions, clock: Clock, host: EvictionHost<T>) {
    this.#evictor = evictor;
    this.#options = options;
    this.#clock = clock;
    this.#host = host;
  }

  /** Whether it ever runs; if not, nobody needs the dates of entries. */
  get enabled(): boolean {
    return this.#options.evictionRunIntervalMillis > 0;
  }

  start(): void {
    if (!this.enabled) return;
    const everyMs = Math.min(this.#options.evictionRunIntervalMillis, LONGEST_TIMER_MS);
    this.scheduled = this.#clock.setTimeout(() => {
      try {
        this.#run();
      } finally {
        this.start();
      }
    }, everyMs);
    this.scheduled.unref?.();
  }

  stop(): void {
    if (this.scheduled !== null) this.#clock.clearTimeout(this.scheduled);
    this.scheduled = null;
  }

  #run(): void {
    const idle = [...this.#host.idle()];
    const tests = Math.min(this.#options.numTestsPerEvictionRun, idle.length);
    let at = this.#resume(idle);
    for (let test = 0; test < tests; test++) {
      if (at >= idle.length) at = 0;
      const candidate = idle[at];
      if (candidate === undefined) return;
      const { resource: entry } = candidate;
      if (this.#evictor.evict(this.#options, this.#describe(entry), idle.length)) {
        idle.splice(at, 1);
        at = 0;
        this.#cursor = undefined;
        // Unless the evictor, or the `destroy` of the one before, has borrowed it meanwhile.
        candidate.evict();
      } else {
        this.#cursor = { entry, idleSince: entry.idleSince };
        at++;
      }
    }
  }

  /** Where to go on: after the one looked at last, if it has been idle all the time. */
  #resume(idle: readonly IdleResource<Entry<T>>[]): number {
    const last = this.#cursor;
    if (last === undefined || last.entry.idleSince !== last.idleSince) return 0;
    return idle.findIndex(({ resource }) => resource === last.entry) + 1;
  }

  /** Ages are measured with the pool's clock and shown as dates, so a change of the system time evicts nothing. */
  #describe(entry: Entry<T>): PooledResource<T> {
    const offset = wallTime() - this.#clock.now();
    const date = (at: number | undefined): number | null => (at === undefined ? null : at + offset);
    return {
      obj: entry.obj,
      state: 'IDLE',
      creationTime: entry.createdAt + offset,
      lastBorrowTime: date(entry.lentAt),
      lastReturnTime: date(entry.returnedAt),
      lastIdleTime: entry.idleSince + offset,
    };
  }
}
