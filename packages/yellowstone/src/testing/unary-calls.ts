import type { ServerHttp2Stream } from 'node:http2';
import {
  create,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { ClientChannel } from '../grpc/client-channel.js';
import { FrameSplitter } from '../grpc/framing.js';
import { UNARY, type UnaryMethod } from '../wire/unary.js';
import type { ChainState } from './chain-state.js';
import type { ReplayStore } from './replay-store.js';

const REQUEST_BYTES = 2 ** 20;
const VERSION = JSON.stringify({ version: { package: '@rockpool/yellowstone/testing' } });

/** Answers a request, both as bytes. */
type Answer = (request: Uint8Array) => Uint8Array;

/** The unary methods of the stand-in, by name. */
export function unaryMethods(chain: ChainState, store: ReplayStore): ReadonlyMap<string, Answer> {
  const first = () => store.firstAvailable;
  return new Map<string, Answer>([
    answer(UNARY.getVersion, () => ({ version: VERSION })),
    answer(UNARY.ping, ({ count }) => ({ count })),
    answer(UNARY.getSlot, ({ commitment }) => ({ slot: chain.slot(commitment) })),
    answer(UNARY.getBlockHeight, ({ commitment }) => ({
      blockHeight: chain.block(commitment).height,
    })),
    answer(UNARY.getLatestBlockhash, ({ commitment }) => ({
      slot: chain.block(commitment).slot,
      blockhash: chain.block(commitment).blockhash,
      lastValidBlockHeight: chain.lastValidHeight(commitment),
    })),
    answer(UNARY.isBlockhashValid, ({ blockhash, commitment }) => ({
      slot: chain.slot(commitment),
      valid: chain.isValid(blockhash),
    })),
    answer(UNARY.subscribeReplayInfo, () => {
      const slot = first();
      return slot === undefined ? {} : { firstAvailable: BigInt(slot) };
    }),
  ]);
}

/** Answers one call. */
export function serveUnary(stream: ServerHttp2Stream, method: Answer): void {
  const channel = new ClientChannel(stream, { capacity: 1, compression: 'none' });
  const splitter = new FrameSplitter(REQUEST_BYTES, {
    onMessage: (request) => {
      channel.send(method(request));
      channel.finish({ status: 'OK', message: '' });
    },
    onFault: ({ kind }) =>
      channel.end({ status: 'INVALID_ARGUMENT', message: `the request: ${kind}` }),
  });
  stream.on('data', (chunk: Uint8Array) => splitter.push(chunk));
  stream.on('error', () => {
    // The client went away.
  });
}

function answer<Request extends Message, Response extends Message>(
  { name, request, response }: UnaryMethod<Request, Response>,
  make: (request: Request) => NoInfer<MessageInitShape<GenMessage<Response>>>,
): [string, Answer] {
  return [
    name,
    (bytes) => toBinary(response, create(response, make(fromBinary(request, bytes) as Request))),
  ];
}
