import { hash } from 'node:crypto';

/** Which blocks. */
export interface SampleOptions {
  /** The block before the first one, for a branch. Default none: the chain begins at height 0. */
  readonly after?: Uint8Array | undefined;
  /** The height of the first block. Default 0. */
  readonly firstHeight?: number | undefined;
  /** At most 60 letters in every coinbase, so that branches differ. Default `rockpool`. */
  readonly branch?: string | undefined;
}

const FIRST_TIME = 1_296_688_602;
/** The target of the regression test network: every second hash meets it. */
const BITS = 0x207f_ffff;
const COIN = 100_000_000n;

/**
 * Small blocks in the format of Bitcoin, as on its regression test network: mined, linked, with true Merkle roots.
 * The block `h` holds `1 + h % 4` transactions. Only what they spend would not convince a node: they do not wait until
 * a coinbase is mature.
 */
export function sampleBlocks(count: number, options: SampleOptions = {}): Uint8Array[] {
  const { after, firstHeight = 0, branch = 'rockpool' } = options;
  const blocks: Uint8Array[] = [];
  let before: Uint8Array = after === undefined ? NOTHING : twice(after.subarray(0, 80));
  for (let height = firstHeight; height < firstHeight + count; height++) {
    const transactions = [transaction(NOTHING, 0xffff_ffff, coinbaseScript(height, branch), 50n)];
    for (let i = 0; i < height % 4; i++) {
      const spent = twice(transactions.at(-1) as Uint8Array);
      transactions.push(transaction(spent, 0, Buffer.alloc(0), BigInt(49 - i)));
    }
    const header = mined(before, merkleRoot(transactions.map(twice)), FIRST_TIME + 600 * height);
    blocks.push(Buffer.concat([header, Buffer.of(transactions.length), ...transactions]));
    before = twice(header);
  }
  return blocks;
}

const NOTHING: Uint8Array = new Uint8Array(32);

/** One input, one output that anybody may spend. */
function transaction(
  spent: Uint8Array,
  output: number,
  script: Uint8Array,
  coins: bigint,
): Uint8Array {
  return Buffer.concat([
    u32(2),
    Buffer.of(1),
    spent,
    u32(output),
    Buffer.of(script.length),
    script,
    u32(0xffff_ffff),
    Buffer.of(1),
    u64(coins * COIN),
    Buffer.of(1, 0x51),
    u32(0),
  ]);
}

/** A coinbase begins with the height of its block. */
function coinbaseScript(height: number, branch: string): Uint8Array {
  const text = Buffer.from(branch.slice(0, 60));
  return Buffer.concat([
    Buffer.of(3, height & 255, (height >> 8) & 255, height >> 16),
    Buffer.of(text.length),
    text,
  ]);
}

function mined(before: Uint8Array, root: Uint8Array, time: number): Uint8Array {
  for (let nonce = 0; ; nonce++) {
    const header = Buffer.concat([
      u32(0x2000_0000),
      before,
      root,
      u32(time),
      u32(BITS),
      u32(nonce),
    ]);
    if ((twice(header)[31] as number) < 0x80) return header;
  }
}

function merkleRoot(ids: readonly Uint8Array[]): Uint8Array {
  const [only = NOTHING] = ids;
  if (ids.length <= 1) return only;
  const pairs: Uint8Array[] = [];
  for (let i = 0; i < ids.length; i += 2) {
    const left = ids[i] as Uint8Array;
    pairs.push(twice(Buffer.concat([left, ids[i + 1] ?? left])));
  }
  return merkleRoot(pairs);
}

/** Bitcoin hashes everything twice. */
function twice(bytes: Uint8Array): Uint8Array {
  return hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer');
}

function u32(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function u64(number: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  return bytes;
}
