import { PoolAbortedError, type PoolError, PoolOptionsError, PoolTimeoutError } from '../errors.js';
import type { Nursery } from '../lifecycle/nursery.js';
import type { Chain } from '../slot/chain.js';
import { isEnding } from '../slot/slot.js';
import type { Appointment } from '../time/agenda.js';
import type { Ending } from './ending.js';
import type { Making } from './making.js';
import type { Waiting } from './waiting.js';
import type { Yard } from './yard.js';

/** How long a wait for a state of the pool may take. */
export interface WaitOptions {
  /** Milliseconds; 0 = no limit. Default no limit. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How to close. */
export interface CloseOptions {
  /** Milliseconds to wait for leases before they are abandoned; 0 = no limit. Default `closeTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Abandon all leases and abort all hooks at once. Default false. */
  readonly force?: boolean | undefined;
}

/** The parts that starting and stopping has to do with. */
export interface ClosingParts<T> {
  readonly ending: Ending<T>;
  readonly waiting: Waiting<T>;
  readonly making: Making<T>;
  readonly nursery: Nursery<T>;
  /** Re-reads what the fast lanes depend on. */
  readonly refresh: () => void;
}

/** Somebody who waits for idle resources with `ready`. */
interface Readying {
  readonly idle: number;
  readonly fail: (error: PoolError) => void;
}

/** Waits for states of the whole pool: ready, drained, closed. */
export class Closing<T> {
  readonly #yard: Yard<T>;
  readonly #parts: ClosingParts<T>;
  readonly #readying = new Set<Readying>();
  #closed: Promise<void> | undefined = undefined;

  constructor(yard: Yard<T>, parts: ClosingParts<T>) {
    this.#yard = yard;
    this.#parts = parts;
    parts.making.onGaveUp = (error) => {
      for (const { fail } of [...this.#readying]) fail(error);
    };
  }

  /** Settles when `idle` resources are idle; rejects when a creation gives up, or the pool closes first. */
  ready(idle: number, options: WaitOptions): Promise<void> {
    const { ledger } = this.#yard;
    const { promise, fail } = this.#waitFor('ready', options, () => ledger.idle >= idle);
    const readying = { idle, fail };
    this.#readying.add(readying);
    this.#countWarmIdle();
    this.#yard.pump();
    return promise.finally(() => {
      this.#readying.delete(readying);
      this.#countWarmIdle();
    });
  }

  /** After a resize: nobody waits for more idle resources than the pool may keep. */
  afterResize(): void {
    const { sizes } = this.#yard;
    const most = Math.min(sizes.max, sizes.maxIdle);
    for (const readying of [...this.#readying]) {
      if (readying.idle <= most) continue;
      const message = `is ${readying.idle}, but since the pool was resized it keeps ${most} at most`;
      this.#readying.delete(readying);
      readying.fail(new PoolOptionsError('ready', [{ path: 'idle', message }]));
    }
    this.#countWarmIdle();
  }

  #countWarmIdle(): void {
    this.#yard.warmIdle = Math.max(0, ...[...this.#readying].map(({ idle }) => idle));
  }

  /** Refuses newcomers, serves who waits, settles when every lease is back. */
  drain(options: WaitOptions): Promise<void> {
    const { state } = this.#yard;
    if (state === 'closed') return Promise.resolve();
    if (state !== 'closing') this.#yard.changeState('draining');
    this.#yard.pump();
    return this.#waitFor('drain', options, () => this.#quiet).promise;
  }

  get #open(): boolean {
    const { state } = this.#yard;
    return state === 'running' || state === 'paused';
  }

  get #quiet(): boolean {
    const { ledger, line } = this.#yard;
    return line.size === 0 && ledger.size === ledger.idle;
  }

  close(options: CloseOptions): Promise<void> {
    const { force = false, timeoutMs = this.#yard.options.closeTimeoutMs } = options;
    if (this.#closed === undefined) {
      // There before anything happens: a listener or a hook may call `close` from inside.
      let done = ignore;
      this.#closed = new Promise<void>((resolve) => {
        done = resolve;
      });
      this.#begin(timeoutMs, done);
    }
    if (force) this.#abandonAll();
    return this.#closed;
  }

  #begin(timeoutMs: number, done: () => void): void {
    const { ledger, watchers, counters, agenda, shelf } = this.#yard;
    const { ending, waiting, nursery } = this.#parts;
    this.#yard.changeState('closing');
    counters.rejectedClosed += waiting.rejectAll(() => this.#yard.closedError());
    nursery.cancelBackoff();
    for (const slot of [...shelf]) {
      if (slot.state !== 'idle') continue; // ended meanwhile, by a hook of another one
      shelf.remove(slot);
      void ending.retire(slot, 'close');
    }
    if (timeoutMs > 0 && ledger.size > 0) {
      agenda.after(timeoutMs, () => this.#abandonAll(), 'holds-process');
    }
    watchers.add({
      check: () => {
        if (ledger.size > 0) return false;
        this.#finish();
        done();
        return true;
      },
    });
    watchers.notify();
  }

  /** The end of patience: hooks are told to stop, leases are taken away, what does not answer then is given up. */
  #abandonAll(): void {
    const { ledger, roster, door, counters, agenda, options } = this.#yard;
    if (this.#yard.state === 'closed') return;
    const { ending } = this.#parts;
    const reason = this.#yard.closedError();
    const abandoned = ledger.leased;
    door.abortAll(reason);
    for (const slot of [...roster.leased(), ...ledger.busy]) {
      if (slot.state === 'leased') counters.reclaimed++;
      if (slot.state === 'creating' && slot.resource === undefined) ending.abandon(slot);
      else if (!isEnding(slot)) void ending.retire(slot, 'abandoned', reason);
    }
    if (abandoned > 0) {
      this.#yard.warn(
        'ABANDONED_LEASES',
        `${this.#yard.name}: closed with ${abandoned} leases out; their resources were destroyed. Release leases before closing, or raise closeTimeoutMs`,
      );
    }
    // A `destroy` that has no limit of its own, or that was already hanging, gets one last stretch of time. With
    // nothing left there must be no timer: it would outlive the pool.
    if (ledger.size > 0) {
      agenda.after(options.destroyTimeoutMs, () => this.#giveUp(ledger.busy), 'holds-process');
    }
    this.#yard.watchers.notify();
  }

  #giveUp(hanging: Chain<T>): void {
    for (const slot of [...hanging]) this.#parts.ending.abandon(slot);
    this.#yard.watchers.notify();
  }

  #finish(): void {
    const { agenda, door } = this.#yard;
    this.#yard.changeState('closed');
    // With the alarms go the limits of hooks that hang: a `releaseAsync` or `clear` that waits for one must be told.
    door.giveUpAll(this.#yard.closedError());
    agenda.clear();
  }

  #waitFor(
    phase: 'ready' | 'drain',
    { timeoutMs = 0, signal }: WaitOptions,
    met: () => boolean,
  ): { readonly promise: Promise<void>; readonly fail: (error: PoolError) => void } {
    const { watchers, agenda, name } = this.#yard;
    let fail: (error: PoolError) => void = ignore;
    const promise = new Promise<void>((resolve, reject) => {
      let alarm: Appointment | undefined;
      const onAbort = (): void =>
        fail(
          new PoolAbortedError(`${name}: ${phase} was aborted by its signal`, {
            pool: name,
            cause: signal?.reason,
          }),
        );
      const end = (): void => {
        if (alarm !== undefined) agenda.drop(alarm);
        signal?.removeEventListener('abort', onAbort);
        watchers.remove(watcher);
        this.#parts.refresh();
      };
      const watcher = {
        check: (): boolean => {
          if (phase === 'ready' && !this.#open) {
            fail(this.#yard.closedError());
            return true;
          }
          if (!met()) return false;
          end();
          resolve();
          return true;
        },
      };
      fail = (error) => {
        end();
        reject(error);
      };
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort);
      if (timeoutMs > 0 && timeoutMs !== Number.POSITIVE_INFINITY) {
        const message = `${this.#yard.describe()}; ${phase} took longer than ${timeoutMs} ms`;
        alarm = agenda.after(
          timeoutMs,
          () => fail(new PoolTimeoutError(phase, timeoutMs, message, this.#yard.details())),
          'holds-process',
        );
      }
      watchers.add(watcher);
      this.#parts.refresh();
    });
    return { promise, fail: (error) => fail(error) };
  }
}

function ignore(): void {}
