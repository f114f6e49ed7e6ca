import type { GuestStore, StoreOptions } from '../guest/store.js';
import type { AbiNames } from './core-abi.js';
import type { IsolationReport } from './isolation.js';
import type { GuestApi } from './options.js';

/** A guest that was just made, with the functions it offers. */
export interface Guest<Api extends GuestApi> {
  readonly store: GuestStore;
  readonly api: Api;
}

/** What an instance needs of a program: met by a program that was loaded here, and by one that was posted. */
export interface Runnable<Api extends GuestApi> {
  readonly name: string;
  readonly abi: AbiNames;
  isolationReport(): IsolationReport;
  newStore(options: StoreOptions): GuestStore;
  instantiate(store: GuestStore): Promise<Guest<Api>>;
}
