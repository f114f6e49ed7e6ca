import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Client, credentials } from '@grpc/grpc-js';
import { SubscribeUpdateSchema } from '@rockpool/yellowstone';
import { SubscribeRequestSchema } from '@rockpool/yellowstone/testing';
import type {
  SubscribeRequest as NativeRequest,
  SubscribeUpdate as NativeUpdate,
} from '@triton-one/yellowstone-grpc';
import { FILTER, type Reading, type ReadStream, untilFull } from './client.js';
import { subscribeMethod } from './service.js';

/** @grpc/grpc-js, decoding with protobuf-es. */
export const readWithGrpcJs: ReadStream = (reading) =>
  untilFull(reading, (tally, fail) => {
    const client = new Client(new URL(reading.address).host, credentials.createInsecure());
    const call = client.makeBidiStreamRequest(
      '/geyser.Geyser/Subscribe',
      (request: Uint8Array) => Buffer.from(request),
      (message: Buffer) => fromBinary(SubscribeUpdateSchema, message),
    );
    let stopped = false;
    call.on('data', (update) => tally.wire(update));
    call.on('error', (error) => {
      if (!stopped) fail(error);
    });
    call.write(
      toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, requestOf(reading))),
    );
    return () => {
      stopped = true;
      call.cancel();
      client.close();
    };
  });

/** connect-node over HTTP/2 as gRPC, which decodes with protobuf-es. */
export const readWithConnect: ReadStream = (reading) =>
  untilFull(reading, (tally, fail) => {
    const transport = createGrpcTransport({ baseUrl: reading.address });
    const controller = new AbortController();
    async function* requests(): AsyncGenerator<MessageInitShape<typeof SubscribeRequestSchema>> {
      yield requestOf(reading);
      await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
    }
    const read = async (): Promise<void> => {
      const { signal } = controller;
      const method = subscribeMethod(SubscribeRequestSchema, SubscribeUpdateSchema);
      const answer = await transport.stream(method, signal, undefined, undefined, requests());
      for await (const update of answer.message) tally.wire(update);
    };
    const reads = read().catch((error: unknown) => {
      if (!controller.signal.aborted) fail(error);
    });
    return async () => {
      controller.abort();
      await reads;
    };
  });

/** The official client; its native part exists for some platforms only. `undefined`, after a word, where it does not. */
export async function nativeLibrary(): Promise<NativeLibrary | undefined> {
  try {
    const library = await import('@triton-one/yellowstone-grpc');
    return {
      // Its types speak of the CommonJS build, and Node loads the other one.
      Client: library.default as unknown as NativeLibrary['Client'],
      request: (filters) => library.SubscribeRequest.fromJSON(filters),
    };
  } catch (error) {
    const [why = ''] = String(error).split('\n');
    process.stderr.write(`bench: without @triton-one/yellowstone-grpc: ${why}\n`);
    return undefined;
  }
}

type Native = typeof import('@triton-one/yellowstone-grpc');

/** What is used of the official client. */
export interface NativeLibrary {
  readonly Client: Native['default'];
  /** A request with these maps of filters. */
  request(filters: object): NativeRequest;
}

/** The official client, which decodes in JavaScript what its native part received. */
export async function nativeReader(): Promise<ReadStream | undefined> {
  const library = await nativeLibrary();
  if (library === undefined) return undefined;
  return (reading) =>
    untilFull(reading, async (tally, fail) => {
      const client = new library.Client(reading.address, undefined, undefined, { enabled: false });
      await client.connect();
      const stream = await client.subscribe(library.request(requestOf(reading)));
      stream.on('error', fail);
      stream.on('data', ({ entry, transaction }: NativeUpdate) => {
        if (entry !== undefined && reading.kind === 'entry') {
          tally.entry(entry.hash, Number(entry.index));
        }
        const info = transaction?.transaction;
        if (info !== undefined && reading.kind === 'transaction') {
          const keys = info.transaction?.message?.accountKeys ?? [];
          tally.transaction(info.meta?.logMessages ?? [], keys, Number(info.index));
        }
      });
      return () => {
        stream.destroy();
      };
    });
}

/** The same for all: one filter for the kind, and block metas, as the source of Rockpool asks for by itself. */
function requestOf({ kind }: Reading): {
  entry: Record<string, object>;
  transactions: Record<string, object>;
  blocksMeta: Record<string, object>;
} {
  return {
    entry: kind === 'entry' ? { [FILTER]: {} } : {},
    transactions: kind === 'transaction' ? { [FILTER]: { failed: false } } : {},
    blocksMeta: { metas: {} },
  };
}
