import { addressOf, type InstructionUpdate, type TokenInstruction } from '@rockpool/yellowstone';
import type { Entry } from './ledger.js';

/** What an instruction of the token program adds to the ledger: nothing at all for those that move no tokens. */
export function entryOf(instruction: TokenInstruction, update: InstructionUpdate): Entry {
  return { id: idOf(update), slot: update.slot, deltas: deltasOf(instruction) };
}

/** Unique on the chain. */
export function idOf({ transaction, path }: InstructionUpdate): string {
  return `${Buffer.from(transaction.signature).toString('base64url')}:${path.join('.')}`;
}

function deltasOf(instruction: TokenInstruction): Entry['deltas'] {
  if (instruction.type === 'transfer') {
    return [
      [addressOf(instruction.source), -instruction.amount],
      [addressOf(instruction.destination), instruction.amount],
    ];
  }
  if (instruction.type === 'mintTo') return [[addressOf(instruction.account), instruction.amount]];
  if (instruction.type === 'burn') return [[addressOf(instruction.account), -instruction.amount]];
  return [];
}
