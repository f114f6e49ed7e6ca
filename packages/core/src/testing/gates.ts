import type { MaybePromise } from '../contract/poolable.js';
import { type Clock, systemClock } from '../time/clock.js';

/**
 * What a call of a hook comes to.
 *
 * `ok` answers · `fails` throws or rejects · `slow` answers within its time limit · `late` answers after it · `hangs`
 * never answers
 */
export type Gate = 'ok' | 'fails' | 'slow' | 'late' | 'hangs';

/** Every gate, from the harmless to the worst. */
export const GATES: readonly Gate[] = ['ok', 'fails', 'slow', 'late', 'hangs'];

/** How the gates `ok` and `fails` answer. */
export type Manner = 'at-once' | 'in-a-promise';

/** How long gates take. All have defaults. */
export interface GateTimes {
  /** Default the system clock. */
  readonly clock?: Clock | undefined;
  /** Wait of a `slow` hook, below the limits under test. Default 10. */
  readonly slowMs?: number | undefined;
  /** Wait of a `late` hook, above the limits under test. Default 1,000. */
  readonly lateMs?: number | undefined;
  /** Default `'in-a-promise'`. */
  readonly manner?: Manner | undefined;
}

/** What a hook behind a gate that `fails` throws. */
export class GateError extends Error {
  readonly hook: string;

  constructor(hook: string) {
    super(`the gate of ${hook} fails`);
    this.name = 'GateError';
    this.hook = hook;
  }
}

/**
 * A gate before each of several hooks. Which one stands there can be changed at any time and holds for the calls that
 * come afterwards.
 *
 * @example
 * const gates = new Gates(['create', 'destroy'], { clock });
 * gates.set('create', 'late');
 * const pool = createPool({ create: () => gates.pass('create', () => connect()) }, { clock, createTimeoutMs: 100 });
 */
export class Gates<Hook extends string = string> {
  /** How often each hook was called. */
  readonly calls: Record<Hook, number>;
  readonly #gates: Record<Hook, Gate>;
  readonly #hooks: readonly Hook[];
  readonly #clock: Clock;
  readonly #slowMs: number;
  readonly #lateMs: number;
  readonly #manner: Manner;

  constructor(hooks: readonly Hook[], times: GateTimes = {}) {
    const { clock = systemClock, slowMs = 10, lateMs = 1_000, manner = 'in-a-promise' } = times;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#slowMs = slowMs;
    this.#lateMs = lateMs;
    this.#manner = manner;
    this.calls = Object.fromEntries(hooks.map((hook) => [hook, 0])) as Record<Hook, number>;
    this.#gates = Object.fromEntries(hooks.map((hook) => [hook, 'ok'])) as Record<Hook, Gate>;
  }

  set(hook: Hook, gate: Gate): void {
    this.#gates[hook] = gate;
  }

  gateOf(hook: Hook): Gate {
    return this.#gates[hook];
  }

  /** From now on every hook is `ok`. Calls that hang already go on hanging. */
  heal(): void {
    for (const hook of this.#hooks) this.set(hook, 'ok');
  }

  /** Calls `answer` when the gate lets it through. */
  pass<R>(hook: Hook, answer: () => R): MaybePromise<R> {
    this.calls[hook]++;
    switch (this.#gates[hook]) {
      case 'ok':
        return this.#manner === 'at-once' ? answer() : Promise.resolve().then(answer);
      case 'fails':
        if (this.#manner === 'at-once') throw new GateError(hook);
        return Promise.reject(new GateError(hook));
      case 'slow':
        return this.#after(this.#slowMs, answer);
      case 'late':
        return this.#after(this.#lateMs, answer);
      case 'hangs':
        return new Promise<R>(() => {});
    }
  }

  /** The plan in one line, such as `create=ok validate=late`. */
  toString(): string {
    return this.#hooks.map((hook) => `${hook}=${this.#gates[hook]}`).join(' ');
  }

  #after<R>(ms: number, answer: () => R): Promise<R> {
    return new Promise<void>((resolve) => {
      this.#clock.setTimeout(resolve, ms);
    }).then(answer);
  }
}
