import type { Mint, TokenAccount, TokenInstruction } from '@rockpool/yellowstone';
import {
  type AccountUpdate,
  addressOf,
  type InstructionUpdate,
  type SlotUpdate,
} from '@rockpool/yellowstone';

/** What a line says: JSON knows no bytes and no whole numbers of 64 bits, so keys are base58 and numbers are texts. */
type Line = Readonly<Record<string, unknown>>;

const asLine = (line: Line): string => `${JSON.stringify(line)}\n`;

/** An account after a change. `data` is base64. */
export function accountLine(update: AccountUpdate): string {
  const { slot, pubkey, owner, lamports, data, executable, rentEpoch, writeVersion } = update;
  return asLine({
    kind: 'account',
    slot: String(slot),
    pubkey: addressOf(pubkey),
    owner: addressOf(owner),
    lamports: String(lamports),
    executable,
    rentEpoch: String(rentEpoch),
    writeVersion: String(writeVersion),
    ...signed(update.transactionSignature),
    isStartup: update.isStartup,
    data: base64(data),
  });
}

/** An instruction of a transaction. `data` is base64. */
export function instructionLine({
  slot,
  program,
  accounts,
  data,
  path,
  logs,
  transaction,
}: InstructionUpdate): string {
  return asLine({
    kind: 'instruction',
    slot: String(slot),
    ...signed(transaction.signature),
    path,
    program: addressOf(program),
    accounts: accounts.map(addressOf),
    data: base64(data),
    logs,
  });
}

/** A slot that reached a status. */
export function slotLine({ slot, status, parent, deadError }: SlotUpdate): string {
  return asLine({
    kind: 'slot',
    slot: String(slot),
    status,
    ...(parent === undefined ? {} : { parent: String(parent) }),
    ...(deadError === undefined ? {} : { deadError }),
  });
}

/** An account of tokens, or a mint. */
export function tokenAccountLine({ slot }: AccountUpdate, account: TokenAccount | Mint): string {
  const { type, ...rest } = account;
  const kind = type === 'mint' ? 'mint' : 'tokenAccount';
  return asLine({ kind, slot: String(slot), ...shown(rest) });
}

/** What an instruction does with tokens. */
export function tokenInstructionLine(
  { slot, path, transaction }: InstructionUpdate,
  instruction: TokenInstruction,
): string {
  return asLine({
    kind: 'tokenInstruction',
    slot: String(slot),
    ...signed(transaction.signature),
    path,
    ...shown(instruction),
  });
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const signed = (signature: Uint8Array | undefined): Line =>
  signature === undefined ? {} : { signature: addressOf(signature) };

/** In these all bytes are keys. */
function shown(fields: object): Line {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => {
      if (typeof value === 'bigint') return [name, String(value)];
      return [name, value instanceof Uint8Array ? addressOf(value) : value];
    }),
  );
}
