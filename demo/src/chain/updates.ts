import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { SubscribeUpdate } from '@rockpool/yellowstone';
import { SLOT_STATUSES, type SlotStatus, SubscribeUpdateSchema } from '@rockpool/yellowstone';
import { getTokenDecoder, getTokenSize, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import type { AccountState, ExecutedTransaction } from './chain.js';
import { bytesOf } from './chain.js';

type UpdateInit = MessageInitShape<typeof SubscribeUpdateSchema>;

/** Custom error 1 of the instruction at index 0, in the binary form of the chain; the demo has no other failures. */
const FAILED = Uint8Array.of(8, 0, 0, 0, 0, 25, 0, 0, 0, 1, 0, 0, 0);
/** A fee for each signature, in lamports. */
const SIGNATURE_FEE = 5_000n;

/** What a server tells of a transaction: the transaction itself, and each account that it changed. */
export function updatesOf(
  executed: ExecutedTransaction,
  writeVersion: () => bigint,
): SubscribeUpdate[] {
  return [transactionUpdate(executed), ...accountUpdates(executed, writeVersion)];
}

export function slotUpdate(slot: bigint, status: SlotStatus): SubscribeUpdate {
  return update({
    updateOneof: {
      case: 'slot',
      value: { slot, parent: slot - 1n, status: SLOT_STATUSES.indexOf(status) },
    },
  });
}

export function blockMetaUpdate(
  slot: bigint,
  blockhash: string,
  parentBlockhash: string,
  transactions: number,
): SubscribeUpdate {
  return update({
    updateOneof: {
      case: 'blockMeta',
      value: {
        slot,
        blockhash,
        parentSlot: slot - 1n,
        parentBlockhash,
        blockHeight: { blockHeight: slot },
        executedTransactionCount: BigInt(transactions),
      },
    },
  });
}

function transactionUpdate(executed: ExecutedTransaction): SubscribeUpdate {
  const { message, meta, signatures, before, after } = executed;
  if (message.version !== 0) throw new Error('the demo signs messages of version 0');
  const { header, staticAccounts, lifetimeToken, instructions } = message;
  return update({
    updateOneof: {
      case: 'transaction',
      value: {
        slot: executed.slot,
        transaction: {
          signature: meta.signature(),
          index: executed.index,
          transaction: {
            signatures: [...signatures],
            message: {
              header: {
                numRequiredSignatures: header.numSignerAccounts,
                numReadonlySignedAccounts: header.numReadonlySignerAccounts,
                numReadonlyUnsignedAccounts: header.numReadonlyNonSignerAccounts,
              },
              accountKeys: staticAccounts.map(bytesOf),
              recentBlockhash: bytesOf(lifetimeToken),
              versioned: true,
              instructions: instructions.map(({ programAddressIndex, accountIndices, data }) => ({
                programIdIndex: programAddressIndex,
                accounts: Uint8Array.from(accountIndices ?? []),
                data: Uint8Array.from(data ?? []),
              })),
            },
          },
          meta: {
            ...(executed.outcome === 'failed' ? { err: { err: FAILED } } : {}),
            fee: BigInt(signatures.length) * SIGNATURE_FEE,
            preBalances: before.map((state) => state?.lamports ?? 0n),
            postBalances: after.map((state) => state?.lamports ?? 0n),
            preTokenBalances: tokenBalances(before),
            postTokenBalances: tokenBalances(after),
            logMessages: meta.logs(),
            computeUnitsConsumed: meta.computeUnitsConsumed(),
            innerInstructions: meta
              .innerInstructions()
              .map((group, index) => ({
                index,
                instructions: group.map((inner) => ({
                  programIdIndex: inner.instruction().programIdIndex(),
                  accounts: Uint8Array.from(inner.instruction().accounts()),
                  data: Uint8Array.from(inner.instruction().data()),
                  stackHeight: inner.stackHeight(),
                })),
              }))
              .filter((group) => group.instructions.length > 0),
          },
        },
      },
    },
  });
}

function accountUpdates(
  executed: ExecutedTransaction,
  writeVersion: () => bigint,
): SubscribeUpdate[] {
  return executed.after.flatMap((state, at) => {
    if (state === undefined || sameState(state, executed.before[at])) return [];
    return [
      update({
        updateOneof: {
          case: 'account',
          value: {
            slot: executed.slot,
            account: {
              pubkey: bytesOf(state.address),
              lamports: state.lamports,
              owner: bytesOf(state.owner),
              executable: state.executable,
              rentEpoch: 0n,
              data: state.data,
              writeVersion: writeVersion(),
              txnSignature: executed.meta.signature(),
            },
          },
        },
      }),
    ];
  });
}

function sameState(one: AccountState, other: AccountState | undefined): boolean {
  return (
    other !== undefined &&
    one.lamports === other.lamports &&
    one.owner === other.owner &&
    Buffer.compare(one.data, other.data) === 0
  );
}

function tokenBalances(states: readonly (AccountState | undefined)[]) {
  return states.flatMap((state, accountIndex) => {
    if (state?.owner !== TOKEN_PROGRAM_ADDRESS || state.data.length !== getTokenSize()) return [];
    const { amount, mint, owner } = getTokenDecoder().decode(state.data);
    const decimals = 6;
    const uiAmount = Number(amount) / 10 ** decimals;
    return [
      {
        accountIndex,
        mint,
        owner,
        programId: TOKEN_PROGRAM_ADDRESS,
        uiTokenAmount: { uiAmount, decimals, amount: `${amount}`, uiAmountString: `${uiAmount}` },
      },
    ];
  });
}

function update(init: UpdateInit): SubscribeUpdate {
  return create(SubscribeUpdateSchema, init);
}
