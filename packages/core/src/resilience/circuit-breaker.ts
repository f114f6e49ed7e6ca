import type { MaybePromise } from '../contract/poolable.js';
import { CircuitBreakerOpenError, reasonOf } from '../errors.js';
import {
  type CircuitBreakerOptions,
  type ResolvedBreakerOptions,
  readSnapshot,
  resolveBreakerOptions,
} from './options.js';
import { CallPermit, type CallResult, type Permit } from './permit.js';
import { BREAKER_TRANSITIONS, type BreakerSnapshot, type CircuitBreakerState } from './state.js';
import { CallWindow } from './window.js';

/** A change of state. */
export interface BreakerChange {
  readonly from: CircuitBreakerState['kind'];
  readonly to: CircuitBreakerState['kind'];
  readonly error: unknown;
}

type Closed = Extract<CircuitBreakerState, { kind: 'closed' }>;
type HalfOpen = Extract<CircuitBreakerState, { kind: 'half-open' }>;

const FRESH: Closed = { kind: 'closed', failures: 0, successes: 0, lastFailureAt: undefined };

/**
 * Stops calling what keeps failing. Permit style: `tryPass()` before the call, `succeed()` or `fail()` after it, however
 * far apart the two are; so it fits leases as well as function calls. No timers: thousands of breakers cost nothing
 * while nobody calls.
 *
 * @example
 * const breaker = new CircuitBreaker({ trip: { kind: 'rate', failureRate: 0.5 } });
 * const permit = breaker.tryPass();
 * if (permit === undefined) return fallback();
 * try {
 *   const answer = await call();
 *   permit.succeed();
 *   return answer;
 * } catch (error) {
 *   permit.fail(error);
 *   throw error;
 * }
 */
export class CircuitBreaker {
  readonly #options: ResolvedBreakerOptions;
  readonly #window: CallWindow | undefined;
  readonly #listeners = new Set<(change: BreakerChange) => void>();
  #state: CircuitBreakerState = FRESH;
  #trips = 0;
  #refused = 0;
  /** Counts the changes of state: an answer from an earlier era says nothing about now. */
  #era = 0;

  /**
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   */
  constructor(options: CircuitBreakerOptions = {}) {
    this.#options = resolveBreakerOptions(options);
    const { trip } = this.#options;
    this.#window = trip.kind === 'rate' ? new CallWindow(trip.windowMs) : undefined;
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): CircuitBreakerState {
    return this.#state;
  }

  /** How often it opened. */
  get trips(): number {
    return this.#trips;
  }

  /** How many calls it refused. */
  get refused(): number {
    return this.#refused;
  }

  /** The right to make a call, or `undefined`: fail fast. */
  tryPass(): Permit | undefined {
    const now = this.#options.clock.now();
    if (this.#state.kind === 'open' && now >= this.#state.retryAt) this.#halfOpen(now);
    this.#giveUpOnTrials(now);
    const state = this.#state;
    if (state.kind === 'closed') {
      const era = this.#era;
      return new CallPermit((result, error) => this.#closedResult(era, now, result, error));
    }
    if (state.kind === 'half-open' && state.inFlight < this.#options.trials)
      return this.#trial(state, now);
    this.#refused++;
    return undefined;
  }

  /** The error to fail with when `tryPass` gave nothing. */
  openError(): CircuitBreakerOpenError {
    const state = this.#state;
    const cause = state.kind === 'open' || state.kind === 'half-open' ? state.error : undefined;
    return new CircuitBreakerOpenError({ pool: this.name, cause });
  }

  /**
   * Makes a call under the breaker.
   * @throws CircuitBreakerOpenError `ERR_POOL_BREAKER_OPEN`
   * @throws whatever `call` throws
   */
  async run<R>(call: () => MaybePromise<R>): Promise<R> {
    const permit = this.tryPass();
    if (permit === undefined) throw this.openError();
    try {
      const answer = await call();
      permit.succeed();
      return answer;
    } catch (error) {
      permit.fail(error);
      throw error;
    }
  }

  /**
   * A function that makes its calls under the breaker; as the `create` of a factory it keeps a pool from creating
   * while the breaker is open. Several pools that depend on the same other side can share one breaker.
   *
   * @example
   * const breaker = new CircuitBreaker({ name: 'database' });
   * const pool = createPool({ create: breaker.wrap(connect), destroy: (connection) => connection.end() });
   */
  wrap<Args extends readonly unknown[], R>(
    call: (...args: Args) => MaybePromise<R>,
  ): (...args: Args) => Promise<R> {
    return (...args) => this.run(() => call(...args));
  }

  /** Refuses every call until `reset`. */
  isolate(): void {
    if (this.#state.kind === 'isolated') return;
    this.#move({ kind: 'isolated', since: this.#options.clock.now() }, undefined);
  }

  /** Opens it by hand. */
  trip(error?: unknown): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'half-open') {
      this.#open(this.#options.clock.now(), error);
    }
  }

  /** Closes it by hand, and forgets what it has seen. */
  reset(): void {
    this.#window?.clear();
    this.#era++;
    if (this.#state.kind === 'closed') this.#state = FRESH;
    else this.#move(FRESH, undefined);
  }

  /** Listens to changes of state; the returned function ends it. A listener that throws is reported as a process warning. */
  onChange(listener: (change: BreakerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What can be written down: the state, not the calls of the window, which would be stale when they are read. */
  snapshot(): BreakerSnapshot {
    const now = this.#options.clock.now();
    const state = this.#state;
    const open = state.kind === 'open';
    return {
      kind: state.kind,
      failures: state.kind === 'closed' ? state.failures : 0,
      openForMs: open ? Math.max(0, now - state.openedAt) : 0,
      retryInMs: open ? Math.max(0, state.retryAt - now) : 0,
      openings: state.kind === 'open' || state.kind === 'half-open' ? state.openings : 0,
    };
  }

  /**
   * Takes up the state of a snapshot. A trial that was on its way then is begun again; permits given before are of no
   * account any more. Listeners are not told: nothing has happened to the other side.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS` when it is no snapshot
   */
  restore(snapshot: BreakerSnapshot): void {
    const { kind, failures, openForMs, retryInMs, openings } = readSnapshot(
      snapshot,
      this.#options,
    );
    const now = this.#options.clock.now();
    this.#window?.clear();
    this.#era++;
    const open = { kind: 'open', openedAt: now - openForMs, openings, error: undefined } as const;
    this.#state = {
      closed: { ...FRESH, failures },
      open: { ...open, retryAt: now + retryInMs },
      'half-open': { ...open, retryAt: now },
      isolated: { kind: 'isolated', since: now } as const,
    }[kind];
  }

  #closedResult(era: number, startedAt: number, result: CallResult, error: unknown): void {
    const state = this.#state;
    // A late answer of a call from before a trip says nothing about now.
    if (state.kind !== 'closed' || era !== this.#era || result === 'cancelled') return;
    const now = this.#options.clock.now();
    const failed = result === 'failed';
    this.#state = failed
      ? { ...state, failures: state.failures + 1, lastFailureAt: now }
      : { ...state, failures: 0, successes: state.successes + 1 };
    const { trip } = this.#options;
    if (trip.kind === 'consecutive') {
      if (failed && state.failures + 1 >= trip.failures) this.#open(now, error);
      return;
    }
    this.#window?.record(now, failed, now - startedAt > trip.slowCallMs);
    const seen = this.#window?.counts(now);
    if (seen === undefined || seen.calls < trip.minimumCalls) return;
    // Looked at after every answer: a success may be what makes the calls enough for a decision.
    if (seen.failures >= trip.failureRate * seen.calls) {
      this.#open(now, error ?? new Error(`${seen.failures} of ${seen.calls} calls failed`));
    } else if (seen.slow > 0 && seen.slow >= trip.slowRate * seen.calls) {
      const limit = `${trip.slowCallMs} ms`;
      this.#open(now, error ?? new Error(`${seen.slow} of ${seen.calls} calls took over ${limit}`));
    }
  }

  /** Trials that never answer must not keep everybody else out for ever: silence for as long as an opening is a failure. */
  #giveUpOnTrials(now: number): void {
    const state = this.#state;
    if (state.kind !== 'half-open' || state.inFlight < this.#options.trials) return;
    if (now - state.lastTrialAt < this.#options.openMs) return;
    this.#open(
      now,
      new Error(`${this.name}: a trial call did not answer within ${this.#options.openMs} ms`),
    );
  }

  #trial(state: HalfOpen, now: number): Permit {
    this.#state = { ...state, inFlight: state.inFlight + 1, lastTrialAt: now };
    const era = this.#era;
    return new CallPermit((result, error) => {
      const current = this.#state;
      if (current.kind === 'half-open' && era === this.#era)
        this.#trialResult(current, result, error, now);
    });
  }

  #trialResult(state: HalfOpen, result: CallResult, error: unknown, startedAt: number): void {
    const now = this.#options.clock.now();
    const { trip, successes: needed } = this.#options;
    const inFlight = state.inFlight - 1;
    if (result === 'cancelled') {
      this.#state = { ...state, inFlight };
      return;
    }
    const tooSlow = trip.kind === 'rate' && now - startedAt > trip.slowCallMs;
    if (result === 'failed' || tooSlow) {
      this.#open(now, error ?? new Error(`a trial ${tooSlow ? 'was too slow' : 'failed'}`));
      return;
    }
    const successes = state.successes + 1;
    if (successes < needed) this.#state = { ...state, inFlight, successes };
    else this.#move(FRESH, undefined);
  }

  #open(now: number, error: unknown): void {
    const state = this.#state;
    const openings = (state.kind === 'half-open' ? state.openings : 0) + 1;
    const { openMs, openFactor, maxOpenMs } = this.#options;
    const waitMs = Math.min(maxOpenMs, openMs * openFactor ** (openings - 1));
    this.#trips++;
    this.#window?.clear();
    this.#move({ kind: 'open', openedAt: now, retryAt: now + waitMs, openings, error }, error);
  }

  #halfOpen(now: number): void {
    const state = this.#state;
    if (state.kind !== 'open') return;
    const { openings, error } = state;
    this.#move(
      {
        kind: 'half-open',
        since: now,
        lastTrialAt: now,
        inFlight: 0,
        successes: 0,
        openings,
        error,
      },
      undefined,
    );
  }

  #move(to: CircuitBreakerState, error: unknown): void {
    const from = this.#state.kind;
    if (!BREAKER_TRANSITIONS[from].includes(to.kind)) {
      throw new Error(`bug in rockpool: a breaker cannot go from ${from} to ${to.kind}`);
    }
    this.#state = to;
    this.#era++;
    for (const listener of [...this.#listeners]) {
      try {
        listener({ from, to: to.kind, error });
      } catch (thrown) {
        process.emitWarning(`${this.name}: a listener threw: ${reasonOf(thrown)}`, {
          code: 'ROCKPOOL_LISTENER',
        });
      }
    }
  }
}
