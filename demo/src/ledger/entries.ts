import type { InstructionUpdate } from '@rockpool/yellowstone';
import { addressOf } from '@rockpool/yellowstone';
import {
  getBurnCheckedInstructionDataDecoder,
  getBurnInstructionDataDecoder,
  getMintToCheckedInstructionDataDecoder,
  getMintToInstructionDataDecoder,
  getTransferCheckedInstructionDataDecoder,
  getTransferInstructionDataDecoder,
  identifyTokenInstruction,
  TokenInstruction,
} from '@solana-program/token';
import type { Entry } from './ledger.js';

/** What an instruction of the token program moves; undefined if it moves nothing. */
export function entryOf(update: InstructionUpdate): Entry | undefined {
  const deltas = deltasOf(update);
  if (deltas === undefined) return undefined;
  return { id: idOf(update), slot: update.slot, deltas };
}

/** Unique on the chain. */
export function idOf({ transaction, path }: InstructionUpdate): string {
  return `${Buffer.from(transaction.signature).toString('base64url')}:${path.join('.')}`;
}

function deltasOf({ data, accounts }: InstructionUpdate): Entry['deltas'] | undefined {
  const at = (index: number) => addressOf(accountAt(accounts, index));
  switch (identifyTokenInstruction(data)) {
    case TokenInstruction.Transfer:
      return moved(at(0), at(1), getTransferInstructionDataDecoder().decode(data).amount);
    case TokenInstruction.TransferChecked:
      return moved(at(0), at(2), getTransferCheckedInstructionDataDecoder().decode(data).amount);
    case TokenInstruction.MintTo:
      return [[at(1), getMintToInstructionDataDecoder().decode(data).amount]];
    case TokenInstruction.MintToChecked:
      return [[at(1), getMintToCheckedInstructionDataDecoder().decode(data).amount]];
    case TokenInstruction.Burn:
      return [[at(0), -getBurnInstructionDataDecoder().decode(data).amount]];
    case TokenInstruction.BurnChecked:
      return [[at(0), -getBurnCheckedInstructionDataDecoder().decode(data).amount]];
    default:
      return undefined;
  }
}

function moved(from: string, to: string, amount: bigint): Entry['deltas'] {
  return [
    [from, -amount],
    [to, amount],
  ];
}

function accountAt(accounts: readonly Uint8Array[], index: number): Uint8Array {
  const account = accounts[index];
  if (account === undefined) throw new RangeError(`an instruction without its account ${index}`);
  return account;
}
