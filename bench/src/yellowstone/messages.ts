import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { SubscribeUpdateSchema } from '@rockpool/yellowstone';
import { ChainMessage, capturedChain } from '@rockpool/yellowstone/testing';

/** What is sent to the clients: how many of which kind they have to count, and the block metas between. */
export interface Stream {
  readonly kind: 'entry' | 'transaction';
  readonly count: number;
  readonly messages: readonly ChainMessage[];
}

/** The streams by name; those of real data are `undefined` where it is not there. */
export const STREAMS = {
  entries: () => generated('entry', 30_000, 800, entry),
  transactions: () => generated('transaction', 3_000, 200, transaction),
  'captured entries': capturedEntries,
  'captured transactions': capturedTransactions,
} as const satisfies Record<string, () => Stream | undefined>;

export type StreamName = keyof typeof STREAMS;

type Update = NonNullable<MessageInitShape<typeof SubscribeUpdateSchema>['updateOneof']>;
type Make = (slot: bigint, index: number) => Update;

const FIRST_SLOT = 390_000_000n;
/** As on the real stream, where each update says when it was made. */
const CREATED_AT = { seconds: 1_790_000_000n, nanos: 123_456_789 };

/** Slots full of one kind, each ended by its block meta. */
function generated(kind: Stream['kind'], count: number, perSlot: number, make: Make): Stream {
  const messages: ChainMessage[] = [];
  for (let done = 0, slot = FIRST_SLOT; done < count; slot += 1n) {
    const inSlot = Math.min(perSlot, count - done);
    for (let index = 0; index < inSlot; index++) messages.push(messageOf(make(slot, index)));
    messages.push(messageOf(blockMeta(slot)));
    done += inSlot;
  }
  return { kind, count, messages };
}

function messageOf(updateOneof: Update): ChainMessage {
  return ChainMessage.of(create(SubscribeUpdateSchema, { updateOneof, createdAt: CREATED_AT }));
}

function blockMeta(slot: bigint): Update {
  const blockhash = `hash of ${slot}`;
  return { case: 'blockMeta', value: { slot, blockhash, parentSlot: slot - 1n } };
}

/** With the name of its filter 79 bytes on the wire. */
function entry(slot: bigint, index: number): Update {
  const value = { slot, index: BigInt(index), numHashes: 62_500n, hash: bytes(32, slot, index) };
  return { case: 'entry', value: { ...value, executedTransactionCount: 7n } };
}

const KEYS = 40;
const INSTRUCTIONS = 8;
const INNER = 16;

/** A swap through several programs: 9.7 KB, mostly keys, logs, balances and inner instructions. */
function transaction(slot: bigint, index: number): Update {
  const signature = bytes(64, slot, index);
  const instruction = (data: number) => ({
    programIdIndex: KEYS - 1,
    accounts: Uint8Array.from({ length: 14 }, (_, at) => at),
    data: bytes(data, slot, index),
  });
  const balance = (accountIndex: number) => ({
    accountIndex,
    mint: 'So11111111111111111111111111111111111111112',
    owner: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
    programId: 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
    uiTokenAmount: { uiAmount: 12.5, decimals: 9, amount: '12500000000', uiAmountString: '12.5' },
  });
  const balances = Array.from({ length: 9 }, (_, at) => balance(at));
  const lamports = Array.from({ length: KEYS }, (_, at) => 2_039_280n + BigInt(at));
  const logs = Array.from({ length: 34 }, (_, at) =>
    at % 2 === 0
      ? `Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA invoke [${(at % 4) + 1}]`
      : 'Program TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA consumed 4645 of 182345 compute units',
  );
  return {
    case: 'transaction',
    value: {
      slot,
      transaction: {
        signature,
        index: BigInt(index),
        transaction: {
          signatures: [signature],
          message: {
            header: { numRequiredSignatures: 1, numReadonlyUnsignedAccounts: 9 },
            accountKeys: Array.from({ length: KEYS }, (_, at) => bytes(32, slot, index + at)),
            recentBlockhash: bytes(32, slot, 0),
            instructions: Array.from({ length: INSTRUCTIONS }, () => instruction(24)),
            versioned: true,
          },
        },
        meta: {
          fee: 5_000n,
          preBalances: lamports,
          postBalances: lamports,
          innerInstructions: Array.from({ length: INSTRUCTIONS / 2 }, (_, at) => ({
            index: at,
            instructions: Array.from({ length: INNER / 4 }, () => ({
              ...instruction(16),
              stackHeight: 2,
            })),
          })),
          logMessages: logs,
          preTokenBalances: balances,
          postTokenBalances: balances,
          computeUnitsConsumed: 182_345n,
        },
      },
    },
  };
}

/** Bytes that differ from one to the next: what is told apart by them must not be taken for the same. */
function bytes(length: number, slot: bigint, index: number): Uint8Array {
  let seed = (Number(slot % 1_000_003n) * 2_654_435 + index * 40_503) >>> 0;
  return Uint8Array.from({ length }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 24;
  });
}

function capturedEntries(): Stream | undefined {
  const capture = realData('live-capture-first-20000.bin');
  if (capture === undefined) return undefined;
  const messages = capturedChain(capture).filter(
    ({ kind }) => kind === 'entry' || kind === 'blockMeta',
  );
  return { kind: 'entry', count: messages.filter(({ kind }) => kind === 'entry').length, messages };
}

/** One real transaction, under as many signatures and places as there have to be. */
function capturedTransactions(): Stream | undefined {
  const capture = realData('transaction-dp4.bin');
  if (capture === undefined) return undefined;
  const { updateOneof } = fromBinary(SubscribeUpdateSchema, asUpdate(capture));
  if (updateOneof.case !== 'transaction') throw new Error('the captured transaction is none');
  const { transaction: info, ...rest } = updateOneof.value;
  return generated('transaction', 3_000, 200, (slot, index) => {
    const changed = { ...info, signature: bytes(64, slot, index), index: BigInt(index) };
    return { case: 'transaction', value: { ...rest, slot, transaction: changed } } as Update;
  });
}

/** The capture is the transaction alone: field 4 of an update. */
function asUpdate(captured: Uint8Array): Uint8Array {
  const { length } = captured;
  const head = [4 * 8 + 2, (length & 0x7f) | 0x80, length >>> 7];
  if (length < 0x80 || length >= 0x4000)
    throw new Error('a length that takes other than two bytes');
  return Buffer.concat([Uint8Array.from(head), captured]);
}

/** Real data is used where it is there, beside the repository or where the variable says. */
function realData(name: string): Uint8Array | undefined {
  const folder =
    process.env['ROCKPOOL_DATA'] ??
    fileURLToPath(new URL('../../../../shared/data', import.meta.url));
  const file = path.join(folder, 'yellowstone', name);
  return existsSync(file) ? readFileSync(file) : undefined;
}
