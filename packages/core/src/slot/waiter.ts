import type { AcquireOptions, Lease } from '../contract/lease.js';
import { Appointment } from '../time/agenda.js';

/** Told when a waiter's deadline rings. */
export interface WaiterOwner<T> {
  expire(waiter: Waiter<T>, now: number): void;
}

/**
 * A caller in line. It is its own deadline (an appointment in the agenda) and its own link in the queue, so leaving
 * from anywhere is O(1) and a waiter is one object beside the caller's promise.
 */
export class Waiter<T> extends Appointment {
  resolve: (lease: Lease<T> | Refusal) => void = unset;
  prev: Waiter<T> | undefined = undefined;
  next: Waiter<T> | undefined = undefined;
  readonly request: AcquireOptions<T> | undefined;
  readonly #owner: WaiterOwner<T>;

  constructor(owner: WaiterOwner<T>, request: AcquireOptions<T> | undefined) {
    super();
    this.#owner = owner;
    this.request = request;
  }

  /** Whoever awaits a lease with a deadline keeps the process alive until then. */
  get holdsProcess(): boolean {
    return true;
  }

  /** Whether it has not been answered yet. */
  get waiting(): boolean {
    return this.resolve !== nobody;
  }

  /** To be called when it leaves the line; keeps the promise's function from outliving its use. */
  answered(): void {
    this.resolve = nobody;
  }

  /** Whether not just any resource will do. */
  get choosy(): boolean {
    const { request } = this;
    return request !== undefined && (request.where !== undefined || request.exclusive === true);
  }

  ring(now: number): void {
    this.#owner.expire(this, now);
  }
}

/**
 * Rejects the promise that is resolved with it. A waiter then needs only the one function of its promise; the other
 * would cost each caller in line 64 bytes, for the few that are turned away.
 */
export class Refusal {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  // biome-ignore lint/suspicious/noThenProperty: being a thenable is what it is for
  then(_: unknown, reject: (error: unknown) => void): void {
    reject(this.#error);
  }
}

function nobody(): void {}

function unset(): void {
  throw new Error('bug in rockpool: a waiter was answered before it was in line');
}
