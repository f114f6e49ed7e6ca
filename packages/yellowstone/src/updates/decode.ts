import type { DecodeContext } from '@rockpool/pipeline';
import type { YellowstoneFrame } from '../source/frame.js';
import { FRAME_KINDS, Peek } from '../wire/peek.js';
import { WireBlockMetaSchema, WireBlockSchema } from '../wire/update.js';
import { DecodeError, decoded } from './decode-error.js';
import type { BlockMetaUpdate, BlockUpdate, YellowstoneKinds } from './kinds.js';
import { type Base, readAccount, readEntry, readSlot, readTransactionStatus } from './small.js';
import { instructionsOf, readTransaction } from './transaction.js';

/** An update of any kind. */
export type AnyUpdate = YellowstoneKinds[keyof YellowstoneKinds];

/**
 * Makes updates of a frame: one, or for a transaction itself and its instructions, as far as they are wanted.
 * @throws DecodeError or WireError when the frame is not what it says it is
 */
export function decodeFrame(
  frame: YellowstoneFrame,
  { wanted, receivedAtMs }: DecodeContext<YellowstoneKinds>,
): readonly AnyUpdate[] {
  if (frame.kind === 'malformed') throw faultOf(frame);
  const { bytes, position, filters, start, end } = frame;
  const base: Base = { position, filters, sizeBytes: bytes.length, receivedAtMs };
  switch (frame.kind) {
    case 'account':
      return [readAccount(bytes, start, end, base)];
    case 'slot':
      return [readSlot(bytes, start, end, base)];
    case 'entry':
      return [readEntry(bytes, start, end, base)];
    case 'transactionStatus':
      return [readTransactionStatus(bytes, start, end, base)];
    case 'transaction': {
      const transaction = readTransaction(bytes, start, end, base);
      const updates: AnyUpdate[] = wanted.has('transaction') ? [transaction] : [];
      if (wanted.has('instruction')) updates.push(...instructionsOf(transaction));
      return updates;
    }
    case 'block':
      return [readBlock(bytes.subarray(start, end), base)];
    case 'blockMeta':
      return [readBlockMeta(bytes.subarray(start, end), base)];
    case 'ping':
    case 'pong':
      return [];
  }
}

/** The frame of a `SubscribeUpdate`, such as one from a capture. */
export function frameOf(bytes: Uint8Array): YellowstoneFrame {
  const { kind, slot, filters, start, end } = new Peek().read(bytes);
  return { kind, bytes, position: BigInt(slot), filters, start, end };
}

function readBlock(bytes: Uint8Array, base: Base): BlockUpdate {
  const raw = decoded(WireBlockSchema, bytes);
  const { slot, blockhash, parentSlot, parentBlockhash } = raw;
  return { kind: 'block', ...base, slot, blockhash, parentSlot, parentBlockhash, raw };
}

function readBlockMeta(bytes: Uint8Array, base: Base): BlockMetaUpdate {
  const raw = decoded(WireBlockMetaSchema, bytes);
  const { slot, blockhash, parentSlot, parentBlockhash } = raw;
  const { executedTransactionCount, entriesCount } = raw;
  return {
    kind: 'blockMeta',
    ...base,
    slot,
    blockhash,
    parentSlot,
    parentBlockhash,
    executedTransactionCount,
    entriesCount,
    raw,
  };
}

function faultOf({ bytes, fault }: YellowstoneFrame): DecodeError {
  switch (fault?.kind) {
    case 'too-large':
      return new DecodeError(
        `a message of ${fault.bytes} bytes was left out: maxMessageBytes is ${fault.limitBytes}`,
      );
    case 'flags':
      return new DecodeError(`a message with the unknown flags ${fault.flags} was left out`);
    case 'compression':
      return new DecodeError('a message could not be decompressed', fault.cause);
    case undefined: {
      const known = FRAME_KINDS.filter((kind) => kind !== undefined).join(', ');
      return new DecodeError(`${bytes.length} bytes that are no update (${known})`);
    }
  }
}
