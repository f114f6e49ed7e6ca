/**
 * Yellowstone gRPC as a source of a Rockpool pipeline.
 * @packageDocumentation
 */
export { YellowstoneBuilder, yellowstoneRuntime } from './builder.js';
export { type AtCommitment, GeyserClient } from './connection/client.js';
export { GrpcError } from './errors.js';
export { addressOf, keyOf } from './filters/addresses.js';
export { mergePrefilters } from './filters/merge.js';
export { FilterConflict, narrowPrefilters } from './filters/narrow.js';
export type * from './filters/prefilter.js';
export { COMMITMENTS, type Commitment } from './filters/request.js';
export { COMPRESSIONS, type Compression } from './grpc/compression.js';
export { type FrameFault, FramingError } from './grpc/framing.js';
export { GRPC_STATUSES, type GrpcStatus, isRetryable } from './grpc/status.js';
export {
  InstructionError,
  type InstructionNode,
  instructionTree,
  walk,
} from './instructions/tree.js';
export { OUTPUTS_PROTO } from './outputs-proto.js';
export { LayoutError } from './parsers/layout.js';
export {
  type AccountParserOptions,
  accountParser,
  type InstructionParserOptions,
  instructionParser,
} from './parsers/parser.js';
export {
  MINT_BYTES,
  type Mint,
  readMint,
  readTokenAccount,
  TOKEN_ACCOUNT_BYTES,
  TOKEN_PROGRAM,
  type TokenAccount,
  tokenAccountParser,
} from './parsers/token-accounts.js';
export {
  type AuthorityType,
  readTokenInstruction,
  type TokenInstruction,
  tokenInstructionParser,
} from './parsers/token-instructions.js';
export type { ServeOutputsOptions } from './serving/options.js';
export { OutputServer, type ServedRuntime, serveOutputs } from './serving/output-server.js';
export {
  type SlotOrdered,
  type SlotOrderedOptions,
  type SlotOrderedStats,
  slotOrdered,
} from './slots/slot-ordered.js';
export { DISCARD_REASONS, type DiscardReason, type OrderedSlot } from './slots/slot-tracker.js';
export type { YellowstoneFrame } from './source/frame.js';
export {
  BALANCES,
  type Balance,
  type ConnectionOptions,
  type ReconnectOptions,
  type YellowstoneOptions,
} from './source/options.js';
export { type YellowstoneSource, yellowstoneSource } from './source/yellowstone-source.js';
export { type AnyUpdate, decodeFrame, frameOf } from './updates/decode.js';
export { DecodeError } from './updates/decode-error.js';
export type * from './updates/kinds.js';
export type { FrameKind } from './wire/peek.js';
export { WireError } from './wire/reader.js';
export type * from './wire/storage.js';
export {
  SLOT_STATUSES,
  type SlotStatus,
  type SubscribeUpdate,
  SubscribeUpdateSchema,
  type UpdatePing,
  type UpdatePong,
  type WireAccount,
  type WireAccountInfo,
  type WireBlock,
  type WireBlockMeta,
  type WireEntry,
  type WireSlot,
  type WireTransaction,
  type WireTransactionInfo,
  type WireTransactionStatus,
} from './wire/update.js';
