import { closeSync, openSync, writeSync } from 'node:fs';
import type { GuestMemory } from '../guest/memory.js';
import type { LibC } from './ffi.js';
import { loadLibC } from './ffi.js';
import type { MemoryImage } from './image.js';
import { blockBytes, pageSize } from './image.js';
import { portableBackend } from './portable.js';
import type { MemoryRestorer, SnapshotBackend } from './snapshot.js';

/**
 * Makes the backend that lets Linux find the dirty pages: the image is a file in memory, mapped privately over the
 * guest's memory, so that the kernel itself keeps what was written apart. Rests on V8 keeping a memory at its address,
 * which no document promises; the self-test has to pass before it is used. Throws with the reason if it cannot be used.
 */
export function trackedBackend(): SnapshotBackend {
  const kernel = new PageTracker(loadLibC());
  return {
    name: 'os-tracked',
    restorer: (memory, image) => new TrackedRestorer(kernel, memory, image),
  };
}

/** Beyond this many dirty pages it is cheaper to forget all of them and let the guest fault them in again. */
const mostPagesKept = 512;
const mostRanges = 1_024;

/** The kernel's side: page scans, and files in memory shared by equal images. */
class PageTracker {
  readonly libc: LibC;
  /** Pairs of start and end of the ranges found last, three words each: start, end, categories. */
  readonly ranges = new BigUint64Array(3 * mostRanges);
  readonly #argument = new BigUint64Array(12);
  readonly #argumentAddress: bigint;
  readonly #pagemap: number;
  readonly #files: { readonly image: MemoryImage; readonly file: number; users: number }[] = [];

  constructor(libc: LibC) {
    this.libc = libc;
    this.#pagemap = openSync('/proc/self/pagemap', 'r');
    this.#argumentAddress = libc.addressOf(this.#argument.buffer as ArrayBuffer);
    this.#argument.set([96n, 0n, 0n, 0n, 0n, libc.addressOf(this.ranges.buffer as ArrayBuffer)]);
    this.#argument[6] = BigInt(mostRanges);
    // Pages that are neither of the file nor the shared zero page, and that exist in memory or in swap: what was
    // written. Swapped ones count, else a guest under memory pressure would keep its secrets.
    this.#argument[8] = isFile | isZeroPage;
    this.#argument[9] = isFile | isZeroPage;
    this.#argument[10] = isPresent | isSwapped;
    this.#argument[11] = isPresent;
  }

  /** Finds the dirty ranges; `undefined` if there are more than fit. */
  scan(start: bigint, end: bigint): number | undefined {
    this.#argument[2] = start;
    this.#argument[3] = end;
    const found = this.libc.scan(this.#pagemap, this.#argumentAddress);
    if (found < 0) throw new Error('PAGEMAP_SCAN failed; it needs Linux 6.7');
    return found >= mostRanges ? undefined : found;
  }

  /** A file with the content of an image; equal images share one. */
  fileOf(image: MemoryImage): number {
    let entry = this.#files.find((candidate) => candidate.image.sharesAllWith(image));
    if (entry === undefined) {
      entry = { image, file: this.#write(image), users: 0 };
      this.#files.push(entry);
    }
    entry.users += 1;
    return entry.file;
  }

  release(file: number): void {
    const index = this.#files.findIndex((candidate) => candidate.file === file);
    const entry = this.#files[index];
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#files.splice(index, 1);
    closeSync(file); // mappings of it live on
  }

  #write(image: MemoryImage): number {
    const raw = this.libc.memoryFile('rockpool-snapshot');
    if (raw < 0) throw new Error('memfd_create failed');
    // Opened once more by Node, which closes the files of a worker that is ended.
    const file = openSync(`/proc/self/fd/${raw}`, 'r+');
    this.libc.closeFile(raw);
    const last = Buffer.alloc(1);
    writeSync(file, last, 0, 1, image.usedBytes - 1); // zero blocks stay holes
    image.blocks.forEach((block, index) => {
      if (block !== undefined) writeSync(file, block, 0, blockBytes, index * blockBytes);
    });
    return file;
  }
}

const isFile = 4n;
const isPresent = 8n;
const isSwapped = 16n;
const isZeroPage = 32n;

class TrackedRestorer implements MemoryRestorer {
  readonly #kernel: PageTracker;
  readonly #memory: GuestMemory;
  readonly #image: MemoryImage;
  readonly #file: number | undefined;
  readonly #address: bigint;
  #buffer: ArrayBuffer;
  #bytes: Buffer;
  /** Takes over if the memory ever moves. */
  #moved: MemoryRestorer | undefined;

  constructor(kernel: PageTracker, memory: GuestMemory, image: MemoryImage) {
    const { buffer } = memory.memory;
    const { libc } = kernel;
    this.#kernel = kernel;
    this.#memory = memory;
    this.#image = image;
    this.#buffer = buffer;
    this.#bytes = Buffer.from(buffer);
    this.#address = libc.addressOf(buffer);
    if (image.usedBytes > 0) {
      this.#file = kernel.fileOf(image);
      const mapped = libc.mapFixed(this.#address, image.usedBytes, this.#file);
      if (mapped !== this.#address) throw new Error('mmap did not map where it was asked to');
    }
    const rest = buffer.byteLength - image.usedBytes;
    if (rest > 0) libc.forget(this.#address + BigInt(image.usedBytes), rest);
  }

  restore(): number {
    if (this.#moved !== undefined) return this.#moved.restore();
    const { buffer } = this.#memory.memory;
    if (buffer !== this.#buffer) {
      if (buffer.byteLength > 0 && this.#kernel.libc.addressOf(buffer) !== this.#address) {
        this.#moved = portableBackend.restorer(this.#memory, this.#image);
        return this.#moved.restore();
      }
      this.#buffer = buffer;
      this.#bytes = Buffer.from(buffer);
    }
    const end = this.#address + BigInt(buffer.byteLength);
    const found = this.#kernel.scan(this.#address, end);
    const pages = found === undefined ? Number.POSITIVE_INFINITY : this.#pagesIn(found);
    if (found === undefined || pages > mostPagesKept) {
      this.#kernel.libc.forget(this.#address, buffer.byteLength);
      return Math.min(pages, buffer.byteLength / pageSize);
    }
    for (let range = 0; range < found; range += 1) this.#copyBack(range);
    return pages;
  }

  dispose(): void {
    if (this.#file !== undefined) this.#kernel.release(this.#file);
    this.#moved?.dispose();
  }

  #pagesIn(found: number): number {
    let bytes = 0;
    for (let range = 0; range < found; range += 1) bytes += this.#end(range) - this.#start(range);
    return bytes / pageSize;
  }

  #copyBack(range: number): void {
    const end = this.#end(range);
    for (let at = this.#start(range); at < end; ) {
      const next = Math.min(end, (Math.floor(at / blockBytes) + 1) * blockBytes);
      const block = this.#image.blocks[Math.floor(at / blockBytes)];
      if (block === undefined) this.#bytes.fill(0, at, next);
      else block.copy(this.#bytes, at, at % blockBytes, (at % blockBytes) + next - at);
      at = next;
    }
  }

  #start(range: number): number {
    return Number((this.#kernel.ranges[range * 3] as bigint) - this.#address);
  }

  #end(range: number): number {
    return Number((this.#kernel.ranges[range * 3 + 1] as bigint) - this.#address);
  }
}
