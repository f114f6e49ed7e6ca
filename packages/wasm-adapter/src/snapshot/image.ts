/** Bytes compared at once; a block that differs is looked at page by page. */
export const blockBytes = 65_536;
/** Bytes copied at once. */
export const pageSize = 4_096;

/**
 * The bytes of one memory at the moment of a snapshot, without its zeros: a block of nothing but zeros is `undefined`,
 * and blocks that an earlier image holds as well are shared with it. Instances of one program differ little, so a
 * second image costs next to nothing.
 */
export class MemoryImage {
  readonly byteLength: number;
  /** Bytes up to the last block that is not zero. */
  readonly usedBytes: number;
  readonly blocks: readonly (Buffer | undefined)[];

  constructor(memory: ArrayBuffer, like?: MemoryImage) {
    const bytes = Buffer.from(memory);
    const blocks: (Buffer | undefined)[] = [];
    for (let start = 0; start < bytes.length; start += blockBytes) {
      blocks.push(capture(bytes, start, like?.blocks[start / blockBytes]));
    }
    while (blocks.length > 0 && blocks.at(-1) === undefined) blocks.pop();
    this.byteLength = bytes.length;
    this.usedBytes = blocks.length * blockBytes;
    this.blocks = blocks;
  }

  /** Bytes that this image holds and `other` does not. */
  ownBytes(other?: MemoryImage): number {
    return (
      this.blocks.filter((block, index) => block !== undefined && other?.blocks[index] !== block)
        .length * blockBytes
    );
  }

  /** Says whether two images hold the very same blocks. */
  sharesAllWith(other: MemoryImage): boolean {
    return (
      this.byteLength === other.byteLength &&
      this.blocks.length === other.blocks.length &&
      this.blocks.every((block, index) => block === other.blocks[index])
    );
  }

  /** Puts the image back into `bytes` where it differs; gives the number of 4 KiB pages that did. */
  restore(bytes: Buffer): number {
    let dirty = 0;
    const { blocks } = this;
    const used = Math.min(this.usedBytes, bytes.length);
    for (let index = 0, start = 0; start < used; index += 1, start += blockBytes) {
      const block = blocks[index] ?? zeroBlock;
      if (block.compare(bytes, start, start + blockBytes) !== 0) {
        dirty += restoreBlock(block, bytes, start);
      }
    }
    return dirty + zeroBeyond(bytes, used);
  }

  /** Says where `bytes` differs from the image first; undefined if nowhere. Reads everything: for checks, not for use. */
  firstDifference(bytes: Buffer): number | undefined {
    for (let start = 0; start < bytes.length; start += blockBytes) {
      const block = this.blocks[start / blockBytes] ?? zeroBlock;
      if (block.compare(bytes, start, start + blockBytes) === 0) continue;
      for (let offset = 0; offset < blockBytes; offset += 1) {
        if (block[offset] !== bytes[start + offset]) return start + offset;
      }
    }
    return undefined;
  }
}

function capture(bytes: Buffer, start: number, known: Buffer | undefined): Buffer | undefined {
  const end = start + blockBytes;
  if (zeroBlock.compare(bytes, start, end) === 0) return undefined;
  if (known !== undefined && known.compare(bytes, start, end) === 0) return known;
  // A copy of its own: slices of one large buffer would keep all of it alive.
  const copy = Buffer.allocUnsafeSlow(blockBytes);
  bytes.copy(copy, 0, start, end);
  return copy;
}

function restoreBlock(block: Buffer, bytes: Buffer, start: number): number {
  let dirty = 0;
  for (let offset = 0; offset < blockBytes; offset += pageSize) {
    const at = start + offset;
    if (block.compare(bytes, at, at + pageSize, offset, offset + pageSize) === 0) continue;
    block.copy(bytes, at, offset, offset + pageSize);
    dirty += 1;
  }
  return dirty;
}

/** Memory behind the image was zero, or did not exist. */
function zeroBeyond(bytes: Buffer, from: number): number {
  let dirty = 0;
  for (let start = from; start < bytes.length; start += zeros.length) {
    const end = Math.min(start + zeros.length, bytes.length);
    if (zeros.compare(bytes, start, end, 0, end - start) === 0) continue;
    for (let block = start; block < end; block += blockBytes) {
      if (zeroBlock.compare(bytes, block, block + blockBytes) !== 0) {
        dirty += restoreBlock(zeroBlock, bytes, block);
      }
    }
  }
  return dirty;
}

const zeros = Buffer.alloc(1 << 20);
const zeroBlock = zeros.subarray(0, blockBytes);
