import type { SubscribeUpdate } from '@rockpool/yellowstone';

/** What one client is asked to do: to subscribe, and to come back when it has decoded so many. */
export interface Reading {
  readonly address: string;
  readonly kind: 'entry' | 'transaction';
  readonly count: number;
}

/** Subscribes, decodes every update as it comes, and reads it through {@link Tally}. */
export type ReadStream = (reading: Reading) => Promise<void>;

/** The filter of all clients, so that all get the same bytes. */
export const FILTER = 'updates';

/**
 * Counts what a client has decoded, and looks into it: a client that decodes less than the others would not have what
 * is asked for here.
 */
export class Tally {
  readonly #reading: Reading;
  readonly #done: () => void;
  #seen = 0;
  #indexes = 0;

  constructor(reading: Reading, done: () => void) {
    this.#reading = reading;
    this.#done = done;
  }

  entry(hash: Uint8Array, index: bigint | number): void {
    if (hash.length !== 32) throw new Error('a hash of another length');
    this.#count(Number(index));
  }

  transaction(logs: readonly string[], keys: readonly Uint8Array[], index: bigint | number): void {
    if (logs.length === 0 || keys.at(-1)?.length !== 32) throw new Error('an empty transaction');
    this.#count(Number(index));
  }

  /** An update as protobuf-es decodes it. Everything that is not asked for passes by. */
  wire({ updateOneof }: SubscribeUpdate): void {
    const { kind } = this.#reading;
    if (updateOneof.case === 'entry' && kind === 'entry') {
      this.entry(updateOneof.value.hash, updateOneof.value.index);
    } else if (updateOneof.case === 'transaction' && kind === 'transaction') {
      const info = updateOneof.value.transaction;
      this.transaction(
        info?.meta?.logMessages ?? [],
        info?.transaction?.message?.accountKeys ?? [],
        info?.index ?? 0n,
      );
    }
  }

  #count(index: number): void {
    this.#indexes += index;
    if (++this.#seen < this.#reading.count) return;
    if (this.#seen > this.#reading.count || this.#indexes === 0) throw new Error('miscounted');
    this.#done();
  }
}

/** Runs a client until its tally is full, and then lets it clean up. */
export async function untilFull(
  reading: Reading,
  start: (tally: Tally, fail: (error: unknown) => void) => (() => unknown) | Promise<() => unknown>,
): Promise<void> {
  let stop: (() => unknown) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const started = start(new Tally(reading, resolve), reject);
      Promise.resolve(started).then((found) => {
        stop = found;
      }, reject);
    });
  } finally {
    await stop?.();
  }
}
