import type { DescFile, Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { requestFile } from './request.js';
import {
  bool,
  describeFile,
  enumeration,
  fields,
  i32,
  messageIn,
  optional,
  string,
  u64,
} from './schema.js';

export type SubscribeReplayInfoRequest = Message<'geyser.SubscribeReplayInfoRequest'>;
/** The oldest slot that a subscription may start from. */
export interface SubscribeReplayInfoResponse extends Message<'geyser.SubscribeReplayInfoResponse'> {
  firstAvailable?: bigint;
}
export interface PingRequest extends Message<'geyser.PingRequest'> {
  count: number;
}
export interface PongResponse extends Message<'geyser.PongResponse'> {
  count: number;
}
export interface GetLatestBlockhashRequest extends Message<'geyser.GetLatestBlockhashRequest'> {
  commitment?: number;
}
export interface GetLatestBlockhashResponse extends Message<'geyser.GetLatestBlockhashResponse'> {
  slot: bigint;
  blockhash: string;
  lastValidBlockHeight: bigint;
}
export interface GetBlockHeightRequest extends Message<'geyser.GetBlockHeightRequest'> {
  commitment?: number;
}
export interface GetBlockHeightResponse extends Message<'geyser.GetBlockHeightResponse'> {
  blockHeight: bigint;
}
export interface GetSlotRequest extends Message<'geyser.GetSlotRequest'> {
  commitment?: number;
}
export interface GetSlotResponse extends Message<'geyser.GetSlotResponse'> {
  slot: bigint;
}
export type GetVersionRequest = Message<'geyser.GetVersionRequest'>;
export interface GetVersionResponse extends Message<'geyser.GetVersionResponse'> {
  version: string;
}
export interface IsBlockhashValidRequest extends Message<'geyser.IsBlockhashValidRequest'> {
  blockhash: string;
  commitment?: number;
}
export interface IsBlockhashValidResponse extends Message<'geyser.IsBlockhashValidResponse'> {
  slot: bigint;
  valid: boolean;
}

const commitment = optional(enumeration<number>(1, 'geyser.CommitmentLevel'));

export const unaryFile: DescFile = describeFile(
  'geyser-unary.proto',
  'geyser',
  {
    SubscribeReplayInfoRequest: {},
    SubscribeReplayInfoResponse: fields<SubscribeReplayInfoResponse>({
      firstAvailable: optional(u64(1)),
    }),
    PingRequest: fields<PingRequest>({ count: i32(1) }),
    PongResponse: fields<PongResponse>({ count: i32(1) }),
    GetLatestBlockhashRequest: fields<GetLatestBlockhashRequest>({ commitment }),
    GetLatestBlockhashResponse: fields<GetLatestBlockhashResponse>({
      slot: u64(1),
      blockhash: string(2),
      lastValidBlockHeight: u64(3),
    }),
    GetBlockHeightRequest: fields<GetBlockHeightRequest>({ commitment }),
    GetBlockHeightResponse: fields<GetBlockHeightResponse>({ blockHeight: u64(1) }),
    GetSlotRequest: fields<GetSlotRequest>({ commitment }),
    GetSlotResponse: fields<GetSlotResponse>({ slot: u64(1) }),
    GetVersionRequest: {},
    GetVersionResponse: fields<GetVersionResponse>({ version: string(1) }),
    IsBlockhashValidRequest: fields<IsBlockhashValidRequest>({
      blockhash: string(1),
      commitment: optional(enumeration<number>(2, 'geyser.CommitmentLevel')),
    }),
    IsBlockhashValidResponse: fields<IsBlockhashValidResponse>({ slot: u64(1), valid: bool(2) }),
  },
  {},
  [requestFile],
);

/** A unary method of the service: its name, what it takes and what it answers. */
export interface UnaryMethod<Request extends Message, Response extends Message> {
  readonly name: string;
  readonly request: GenMessage<Request>;
  readonly response: GenMessage<Response>;
}

const method = <Request extends Message, Response extends Message>(
  name: string,
  request: Request['$typeName'],
  response: Response['$typeName'],
): UnaryMethod<Request, Response> => ({
  name,
  request: messageIn(unaryFile, request),
  response: messageIn(unaryFile, response),
});

/** The unary methods of `geyser.Geyser`. */
export interface UnaryMethods {
  readonly subscribeReplayInfo: UnaryMethod<
    SubscribeReplayInfoRequest,
    SubscribeReplayInfoResponse
  >;
  readonly ping: UnaryMethod<PingRequest, PongResponse>;
  readonly getLatestBlockhash: UnaryMethod<GetLatestBlockhashRequest, GetLatestBlockhashResponse>;
  readonly getBlockHeight: UnaryMethod<GetBlockHeightRequest, GetBlockHeightResponse>;
  readonly getSlot: UnaryMethod<GetSlotRequest, GetSlotResponse>;
  readonly getVersion: UnaryMethod<GetVersionRequest, GetVersionResponse>;
  readonly isBlockhashValid: UnaryMethod<IsBlockhashValidRequest, IsBlockhashValidResponse>;
}

export const UNARY: UnaryMethods = {
  subscribeReplayInfo: method(
    'SubscribeReplayInfo',
    'geyser.SubscribeReplayInfoRequest',
    'geyser.SubscribeReplayInfoResponse',
  ),
  ping: method('Ping', 'geyser.PingRequest', 'geyser.PongResponse'),
  getLatestBlockhash: method(
    'GetLatestBlockhash',
    'geyser.GetLatestBlockhashRequest',
    'geyser.GetLatestBlockhashResponse',
  ),
  getBlockHeight: method(
    'GetBlockHeight',
    'geyser.GetBlockHeightRequest',
    'geyser.GetBlockHeightResponse',
  ),
  getSlot: method('GetSlot', 'geyser.GetSlotRequest', 'geyser.GetSlotResponse'),
  getVersion: method('GetVersion', 'geyser.GetVersionRequest', 'geyser.GetVersionResponse'),
  isBlockhashValid: method(
    'IsBlockhashValid',
    'geyser.IsBlockhashValidRequest',
    'geyser.IsBlockhashValidResponse',
  ),
};
