import { create, toBinary } from '@bufbuild/protobuf';
import { reasonOf } from '@rockpool/core';
import type { Output, Runtime } from '@rockpool/pipeline';
import type { ChannelEnd, ClientChannel } from '../grpc/client-channel.js';
import type { ResolvedServeOptions } from './options.js';
import { OutputValueSchema } from './schema.js';

/** Values that one turn of the runtime may bring before anybody can read them. */
const BURST = 100_000;

/** Reads the values of one pipeline while it has clients, and gives each to all of them: encoded once. */
export class Feed {
  readonly #runtime: Pick<Runtime, 'output'>;
  readonly #pipeline: string;
  readonly #encode: ResolvedServeOptions['encode'];
  readonly #onOver: (client: ClientChannel) => void;
  readonly #clients = new Set<ClientChannel>();
  #output: Output<unknown> | undefined;
  #sequence = 0n;

  /** @param onOver told of each client when no further value will come */
  constructor(
    runtime: Pick<Runtime, 'output'>,
    pipeline: string,
    encode: ResolvedServeOptions['encode'],
    onOver: (client: ClientChannel) => void,
  ) {
    this.#runtime = runtime;
    this.#pipeline = pipeline;
    this.#encode = encode;
    this.#onOver = onOver;
  }

  add(client: ClientChannel): void {
    this.#clients.add(client);
    if (this.#output !== undefined) return;
    // Loses the oldest when it is behind, and never makes the pipeline wait.
    this.#output = this.#runtime.output(this.#pipeline, {
      capacity: BURST,
      onLagged: (lost) => {
        for (const client of this.#clients) client.lag(lost);
      },
    });
    this.#read(this.#output).catch((error: unknown) => this.#fail(reasonOf(error)));
  }

  remove(client: ClientChannel): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    this.#output?.close();
    this.#output = undefined;
  }

  async #read(output: Output<unknown>): Promise<void> {
    for await (const value of output) {
      if (this.#output !== output) return;
      this.#give(value);
    }
    if (this.#output !== output) return;
    this.#output = undefined;
    for (const client of this.#clients) this.#onOver(client);
  }

  #give(value: unknown): void {
    let message: Uint8Array;
    try {
      const encoded = this.#encode(value, this.#pipeline);
      const payload = typeof encoded === 'string' ? Buffer.from(encoded) : encoded;
      this.#sequence += 1n;
      message = toBinary(
        OutputValueSchema,
        create(OutputValueSchema, { sequence: this.#sequence, payload }),
      );
    } catch (error) {
      // Nobody is left to believe that there was no such value.
      this.#fail(`a value could not be encoded: ${reasonOf(error)}`);
      return;
    }
    for (const client of this.#clients) client.send(message);
  }

  #fail(message: string): void {
    for (const client of this.#clients) client.end({ status: 'INTERNAL', message });
  }
}

/** How a client ends that was behind. */
export function lagged(lost: number): ChannelEnd {
  return {
    status: 'OUT_OF_RANGE',
    message: `the client was behind: ${lost} values were not sent; read faster, and subscribe again`,
    trailers: { 'rockpool-lost': String(lost) },
  };
}
