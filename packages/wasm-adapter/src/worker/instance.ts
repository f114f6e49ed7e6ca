import type { Poolable } from '@rockpool/core';
import { WasmClosedError } from '../errors.js';
import type { Arguments, Functions, Result } from '../instance/parts.js';
import { isWorn, type WearLimits, wearOf } from '../instance/wear.js';
import type { GuestApi } from '../program/options.js';
import type { BatchResult, RemoteGuest } from './remote-guest.js';

/** A guest in a worker, as it is borrowed: like `WasmInstance`, with promises. One call at a time. */
export class WasmWorkerInstance<Api extends GuestApi = GuestApi> implements Poolable {
  readonly #guest: RemoteGuest;
  readonly #retireAfter: WearLimits | undefined;
  /** `clean` while the worker cleans up by itself, because the last call said that the loan ends with it. */
  #state: 'clean' | 'used' | 'destroyed' = 'clean';

  /** @internal */
  constructor(guest: RemoteGuest, retireAfter: WearLimits | undefined) {
    this.#guest = guest;
    this.#retireAfter = retireAfter;
  }

  /** Calls a function of the guest; arguments and result are cloned. Rejects with what `WasmInstance.call` throws. */
  async call<Name extends Functions<Api>>(
    name: Name,
    ...values: Arguments<Api[Name]>
  ): Promise<Result<Api[Name]>> {
    this.#use();
    return (await this.#guest.call(name as string, values, 'keeps-loan')) as Result<Api[Name]>;
  }

  /** Calls an export of a core module with bytes; a string is sent as UTF-8. */
  async callBytes(name: string, input: Uint8Array | string): Promise<Uint8Array> {
    this.#use();
    return (await this.#guest.callBytes(name, input, 'keeps-loan')) as Uint8Array;
  }

  /** @internal The only call of a loan: the worker cleans up after its answer without being asked. */
  callOnce(name: string, values: readonly unknown[]): Promise<unknown> {
    this.#assertUsable();
    return this.#guest.call(name, values, 'ends-loan');
  }

  /** @internal See `callOnce`. */
  callBytesOnce(name: string, input: Uint8Array | string): Promise<Uint8Array> {
    this.#assertUsable();
    return this.#guest.callBytes(name, input, 'ends-loan') as Promise<Uint8Array>;
  }

  /** @internal Several calls, each a loan of its own, given as JSON; the worker cleans up after each of them. */
  batchOnce(calls: readonly string[]): Promise<BatchResult> {
    this.#assertUsable();
    return this.#guest.batch(calls);
  }

  validate(): boolean {
    return this.#guest.alive && this.#state !== 'destroyed';
  }

  reset(): boolean | Promise<boolean> {
    if (!this.validate()) return false;
    if (
      this.#retireAfter !== undefined &&
      isWorn(wearOf(this.#guest.counters), this.#retireAfter)
    ) {
      return false;
    }
    if (this.#state === 'clean') return true;
    this.#state = 'clean';
    return this.#guest.reset().then(() => true);
  }

  async destroy(): Promise<void> {
    this.#state = 'destroyed';
    await this.#guest.terminate();
  }

  #use(): void {
    this.#assertUsable();
    this.#state = 'used';
  }

  #assertUsable(): void {
    if (this.#state === 'destroyed') throw new WasmClosedError('a worker instance');
  }
}
