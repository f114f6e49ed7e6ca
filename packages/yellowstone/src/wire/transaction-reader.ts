import { FIXED64, LENGTH, VARINT, WireError, WireReader } from './reader.js';
import type {
  AddressTableLookup,
  CompiledInstruction,
  InnerInstruction,
  InnerInstructions,
  MessageHeader,
  TokenBalance,
  Transaction,
  TransactionMessage,
  TransactionMeta,
  UiTokenAmount,
} from './storage.js';
import type { WireTransaction, WireTransactionInfo } from './update.js';

const STORAGE = 'solana.storage.ConfirmedBlock';
const EMPTY: Uint8Array = new Uint8Array(0);

/**
 * Reads a transaction as protobuf-es would, in half the time: transactions are most of what comes, and a table of
 * fields that is walked for each of them is most of what they cost. Each function is the table of its message, field
 * number × 8 + wire type. Gives up, with `undefined`, wherever a message is not as servers write it (fields that
 * nobody knows, fields that come twice, malformed bytes): protobuf-es is the judge of those.
 */
export function readWireTransaction(
  bytes: Uint8Array,
  start: number,
  end: number,
): WireTransaction | undefined {
  const { buffer, byteOffset } = bytes;
  // Views of a plain array are cheaper than those of a Buffer.
  const source = new Source(new Uint8Array(buffer, byteOffset, bytes.length), start, end);
  try {
    return wireTransaction(source);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

class Source extends WireReader {
  readonly #text: Buffer;

  constructor(bytes: Uint8Array, start: number, end: number) {
    super();
    this.over(bytes, start, end);
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Reads a message within the message. */
  message<Value>(read: (source: Source) => Value): Value {
    const { end } = this;
    this.end = this.lengthEnd();
    const value = read(this);
    this.end = end;
    return value;
  }

  string(): string {
    const to = this.lengthEnd();
    const text = this.#text.toString('utf8', this.at, to);
    // Bytes that are no text, or a mark of their order: not decided here.
    if (text.includes('\uFFFD') || text.startsWith('\uFEFF')) this.giveUp();
    this.at = to;
    return text;
  }

  u32(): number {
    return this.varint() >>> 0;
  }

  bool(): boolean {
    return this.varint() !== 0;
  }

  double(): number {
    if (this.at + 8 > this.end) this.giveUp();
    const value = this.#text.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /** Numbers one behind the other. */
  packed(into: bigint[]): void {
    const to = this.lengthEnd();
    while (this.at < to) into.push(this.varint64());
    if (this.at !== to) this.giveUp();
  }

  giveUp(): never {
    throw new WireError('not as usual', this.at);
  }
}

function wireTransaction(source: Source): WireTransaction {
  let transaction: WireTransactionInfo | undefined;
  let slot = 0n;
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + LENGTH && transaction === undefined) transaction = source.message(info);
    else if (tag === 16 + VARINT) slot = source.varint64();
    else source.giveUp();
  }
  const optional = transaction === undefined ? {} : { transaction };
  return { $typeName: 'geyser.SubscribeUpdateTransaction', slot, ...optional };
}

function info(source: Source): WireTransactionInfo {
  const found: WireTransactionInfo = {
    $typeName: 'geyser.SubscribeUpdateTransactionInfo',
    signature: EMPTY,
    isVote: false,
    index: 0n,
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + LENGTH) found.signature = source.view();
    else if (tag === 16 + VARINT) found.isVote = source.bool();
    else if (tag === 24 + LENGTH && !found.transaction) {
      found.transaction = source.message(transaction);
    } else if (tag === 32 + LENGTH && !found.meta) found.meta = source.message(meta);
    else if (tag === 40 + VARINT) found.index = source.varint64();
    else source.giveUp();
  }
  return found;
}

function transaction(source: Source): Transaction {
  const found: Transaction = { $typeName: `${STORAGE}.Transaction`, signatures: [] };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + LENGTH) found.signatures.push(source.view());
    else if (tag === 16 + LENGTH && !found.message) found.message = source.message(message);
    else source.giveUp();
  }
  return found;
}

function message(source: Source): TransactionMessage {
  const found: TransactionMessage = {
    $typeName: `${STORAGE}.Message`,
    accountKeys: [],
    recentBlockhash: EMPTY,
    instructions: [],
    versioned: false,
    addressTableLookups: [],
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + LENGTH && !found.header) found.header = source.message(header);
    else if (tag === 16 + LENGTH) found.accountKeys.push(source.view());
    else if (tag === 24 + LENGTH) found.recentBlockhash = source.view();
    else if (tag === 32 + LENGTH) found.instructions.push(source.message(instruction));
    else if (tag === 40 + VARINT) found.versioned = source.bool();
    else if (tag === 48 + LENGTH) found.addressTableLookups.push(source.message(lookup));
    else source.giveUp();
  }
  return found;
}

function header(source: Source): MessageHeader {
  const found: MessageHeader = {
    $typeName: `${STORAGE}.MessageHeader`,
    numRequiredSignatures: 0,
    numReadonlySignedAccounts: 0,
    numReadonlyUnsignedAccounts: 0,
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + VARINT) found.numRequiredSignatures = source.u32();
    else if (tag === 16 + VARINT) found.numReadonlySignedAccounts = source.u32();
    else if (tag === 24 + VARINT) found.numReadonlyUnsignedAccounts = source.u32();
    else source.giveUp();
  }
  return found;
}

function lookup(source: Source): AddressTableLookup {
  const found: AddressTableLookup = {
    $typeName: `${STORAGE}.MessageAddressTableLookup`,
    accountKey: EMPTY,
    writableIndexes: EMPTY,
    readonlyIndexes: EMPTY,
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + LENGTH) found.accountKey = source.view();
    else if (tag === 16 + LENGTH) found.writableIndexes = source.view();
    else if (tag === 24 + LENGTH) found.readonlyIndexes = source.view();
    else source.giveUp();
  }
  return found;
}

function instruction(source: Source): CompiledInstruction {
  const found: CompiledInstruction = {
    $typeName: `${STORAGE}.CompiledInstruction`,
    programIdIndex: 0,
    accounts: EMPTY,
    data: EMPTY,
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + VARINT) found.programIdIndex = source.u32();
    else if (tag === 16 + LENGTH) found.accounts = source.view();
    else if (tag === 24 + LENGTH) found.data = source.view();
    else source.giveUp();
  }
  return found;
}

function meta(source: Source): TransactionMeta {
  const found: TransactionMeta = {
    $typeName: `${STORAGE}.TransactionStatusMeta`,
    fee: 0n,
    preBalances: [],
    postBalances: [],
    innerInstructions: [],
    innerInstructionsNone: false,
    logMessages: [],
    logMessagesNone: false,
    preTokenBalances: [],
    postTokenBalances: [],
    rewards: [],
    loadedWritableAddresses: [],
    loadedReadonlyAddresses: [],
    returnDataNone: false,
  };
  while (!source.done) metaField(source, found, source.tag());
  return found;
}

function metaField(source: Source, found: TransactionMeta, tag: number): void {
  switch (tag) {
    case 16 + VARINT:
      found.fee = source.varint64();
      return;
    case 24 + LENGTH:
      source.packed(found.preBalances);
      return;
    case 32 + LENGTH:
      source.packed(found.postBalances);
      return;
    case 40 + LENGTH:
      found.innerInstructions.push(source.message(innerInstructions));
      return;
    case 48 + LENGTH:
      found.logMessages.push(source.string());
      return;
    case 56 + LENGTH:
      found.preTokenBalances.push(source.message(tokenBalance));
      return;
    case 64 + LENGTH:
      found.postTokenBalances.push(source.message(tokenBalance));
      return;
    case 80 + VARINT:
      found.innerInstructionsNone = source.bool();
      return;
    case 88 + VARINT:
      found.logMessagesNone = source.bool();
      return;
    case 96 + LENGTH:
      found.loadedWritableAddresses.push(source.view());
      return;
    case 104 + LENGTH:
      found.loadedReadonlyAddresses.push(source.view());
      return;
    case 120 + VARINT:
      found.returnDataNone = source.bool();
      return;
    case 128 + VARINT:
      found.computeUnitsConsumed = source.varint64();
      return;
    case 136 + VARINT:
      found.costUnits = source.varint64();
      return;
    default:
      rareMetaField(source, found, tag);
  }
}

/** Rewards are not here: they come with blocks, and are left to the other reader. */
function rareMetaField(source: Source, found: TransactionMeta, tag: number): void {
  if (tag === 8 + LENGTH && !found.err) {
    found.err = source.message((inner) => {
      const err = { $typeName: `${STORAGE}.TransactionError` as const, err: EMPTY };
      while (!inner.done) {
        if (inner.tag() === 8 + LENGTH) err.err = inner.view();
        else inner.giveUp();
      }
      return err;
    });
  } else if (tag === 112 + LENGTH && !found.returnData) {
    found.returnData = source.message((inner) => {
      const returned = {
        $typeName: `${STORAGE}.ReturnData` as const,
        programId: EMPTY,
        data: EMPTY,
      };
      while (!inner.done) {
        const field = inner.tag();
        if (field === 8 + LENGTH) returned.programId = inner.view();
        else if (field === 16 + LENGTH) returned.data = inner.view();
        else inner.giveUp();
      }
      return returned;
    });
  } else source.giveUp();
}

function innerInstructions(source: Source): InnerInstructions {
  const found: InnerInstructions = {
    $typeName: `${STORAGE}.InnerInstructions`,
    index: 0,
    instructions: [],
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + VARINT) found.index = source.u32();
    else if (tag === 16 + LENGTH) found.instructions.push(source.message(innerInstruction));
    else source.giveUp();
  }
  return found;
}

function innerInstruction(source: Source): InnerInstruction {
  const found: InnerInstruction = {
    $typeName: `${STORAGE}.InnerInstruction`,
    programIdIndex: 0,
    accounts: EMPTY,
    data: EMPTY,
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + VARINT) found.programIdIndex = source.u32();
    else if (tag === 16 + LENGTH) found.accounts = source.view();
    else if (tag === 24 + LENGTH) found.data = source.view();
    else if (tag === 32 + VARINT) found.stackHeight = source.u32();
    else source.giveUp();
  }
  return found;
}

function tokenBalance(source: Source): TokenBalance {
  const found: TokenBalance = {
    $typeName: `${STORAGE}.TokenBalance`,
    accountIndex: 0,
    mint: '',
    owner: '',
    programId: '',
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + VARINT) found.accountIndex = source.u32();
    else if (tag === 16 + LENGTH) found.mint = source.string();
    else if (tag === 24 + LENGTH && !found.uiTokenAmount) {
      found.uiTokenAmount = source.message(uiTokenAmount);
    } else if (tag === 32 + LENGTH) found.owner = source.string();
    else if (tag === 40 + LENGTH) found.programId = source.string();
    else source.giveUp();
  }
  return found;
}

function uiTokenAmount(source: Source): UiTokenAmount {
  const found: UiTokenAmount = {
    $typeName: `${STORAGE}.UiTokenAmount`,
    uiAmount: 0,
    decimals: 0,
    amount: '',
    uiAmountString: '',
  };
  while (!source.done) {
    const tag = source.tag();
    if (tag === 8 + FIXED64) found.uiAmount = source.double();
    else if (tag === 16 + VARINT) found.decimals = source.u32();
    else if (tag === 24 + LENGTH) found.amount = source.string();
    else if (tag === 32 + LENGTH) found.uiAmountString = source.string();
    else source.giveUp();
  }
  return found;
}
