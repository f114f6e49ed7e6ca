import { hash } from 'node:crypto';
import { z } from 'zod';
import { ViewError } from '../errors.js';

const hex = z.string().regex(/^([0-9a-f]{2})+$/i);
const hash256 = z.string().regex(/^[0-9a-f]{64}$/i);
const schema = z.object({
  version: z.number().int(),
  previousblockhash: hash256,
  transactions: z.array(z.object({ data: hex, txid: hash256 })),
  coinbasevalue: z.number().int().min(0),
  curtime: z.number().int().min(0),
  bits: z.string().regex(/^[0-9a-f]{8}$/i),
  height: z.number().int().min(0),
  default_witness_commitment: hex.optional(),
});

/** A block that a node would have mined next. */
export interface PendingBlock {
  readonly height: number;
  /** In the order in which it is shown. */
  readonly previousHash: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * Puts the block together that a `getblocktemplate` describes: its header without proof of work, a coinbase that
 * anybody may spend, the transactions of the mempool.
 * @throws ViewError `ERR_INDEX_SOURCE` for what is no template
 */
export function pendingBlockFrom(template: unknown): PendingBlock {
  const parsed = schema.safeParse(template);
  if (!parsed.success) {
    const message = `the node answered getblocktemplate with something else: ${z.prettifyError(parsed.error)}`;
    throw new ViewError('ERR_INDEX_SOURCE', message, { cause: parsed.error });
  }
  const { height, transactions, previousblockhash, version, curtime, bits } = parsed.data;
  const commitment = parsed.data.default_witness_commitment;
  const coinbase = coinbaseOf(height, BigInt(parsed.data.coinbasevalue), commitment);
  const ids = [twice(coinbase.bare), ...transactions.map(({ txid }) => shown(txid))];
  const header = Buffer.alloc(80);
  header.writeInt32LE(version, 0);
  header.set(shown(previousblockhash), 4);
  header.set(merkleRootOf(ids), 36);
  header.writeUInt32LE(curtime, 68);
  header.writeUInt32LE(Number.parseInt(bits, 16), 72);
  const bytes = Buffer.concat([
    header,
    compactSize(1 + transactions.length),
    coinbase.whole,
    ...transactions.map(({ data }) => Buffer.from(data, 'hex')),
  ]);
  return { height, previousHash: Buffer.from(previousblockhash, 'hex'), bytes };
}

/** `bare` is what its id is the hash of, `whole` what stands in the block. */
function coinbaseOf(
  height: number,
  value: bigint,
  commitment: string | undefined,
): { readonly bare: Buffer; readonly whole: Buffer } {
  const script = pushOf(height);
  const outputs = [outputOf(value, Buffer.of(OP_TRUE))];
  if (commitment !== undefined) outputs.push(outputOf(0n, Buffer.from(commitment, 'hex')));
  const version = Buffer.of(2, 0, 0, 0);
  const lockTime = Buffer.alloc(4);
  const middle = Buffer.concat([
    Buffer.of(1),
    Buffer.alloc(32),
    Buffer.from('ffffffff', 'hex'),
    compactSize(script.length),
    script,
    Buffer.from('ffffffff', 'hex'),
    compactSize(outputs.length),
    ...outputs,
  ]);
  const bare = Buffer.concat([version, middle, lockTime]);
  if (commitment === undefined) return { bare, whole: bare };
  const witness = Buffer.concat([Buffer.of(1, 32), Buffer.alloc(32)]);
  return { bare, whole: Buffer.concat([version, Buffer.of(0, 1), middle, witness, lockTime]) };
}

const OP_TRUE = 0x51;

function outputOf(value: bigint, script: Buffer): Buffer {
  const amount = Buffer.alloc(8);
  amount.writeBigUInt64LE(value);
  return Buffer.concat([amount, compactSize(script.length), script]);
}

/** The height as a script pushes it: little-endian, with room for the sign, and never shorter than a script may be. */
function pushOf(height: number): Buffer {
  const number = Buffer.alloc(5);
  number.writeUInt32LE(height);
  let length = 5;
  while (length > 1 && number[length - 1] === 0 && (number[length - 2] as number) < 0x80) length--;
  return Buffer.concat([Buffer.of(length), number.subarray(0, length)]);
}

/** The root over transaction ids; the last one of an odd row counts twice. */
function merkleRootOf(ids: readonly Uint8Array[]): Uint8Array {
  let row = ids;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) {
      const left = row[i] as Uint8Array;
      above.push(twice(Buffer.concat([left, row[i + 1] ?? left])));
    }
    row = above;
  }
  return row[0] as Uint8Array;
}

function compactSize(count: number): Buffer {
  if (count < 0xfd) return Buffer.of(count);
  const bytes = Buffer.alloc(count <= 0xffff ? 3 : 5);
  bytes[0] = count <= 0xffff ? 0xfd : 0xfe;
  if (count <= 0xffff) bytes.writeUInt16LE(count, 1);
  else bytes.writeUInt32LE(count, 1);
  return bytes;
}

/** Hashes are shown with their last byte first. */
function shown(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex').reverse();
}

function twice(bytes: Uint8Array): Uint8Array {
  return hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer');
}
