import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { reasonOf, ViewError } from '../errors.js';
import { blockHashOf } from './bitcoin-block.js';
import type { BlockSource } from './source.js';

/**
 * Blocks in files, one each: raw, or hexadecimal digits in a file that ends in `.hex`. The last number in the name is
 * the height: `block-849236.bin`, `000012.hex`.
 */
export class BlockFolder implements BlockSource {
  readonly grows: boolean = false;
  readonly firstHeight: number;
  readonly #files: ReadonlyMap<number, string>;
  readonly #last: number;
  #read: { readonly height: number; readonly block: Uint8Array } | undefined;

  private constructor(files: ReadonlyMap<number, string>) {
    const heights = [...files.keys()];
    this.#files = files;
    this.firstHeight = Math.min(...heights);
    this.#last = Math.max(...heights);
  }

  /** @throws ViewError `ERR_INDEX_SOURCE` when there are none, or one is missing in between */
  static async open(folder: string): Promise<BlockFolder> {
    const names = await readdir(folder).catch((cause: unknown) => {
      throw new ViewError('ERR_INDEX_SOURCE', `cannot read ${folder}: ${reasonOf(cause)}`, {
        cause,
      });
    });
    const files = new Map<number, string>();
    for (const name of names.sort()) {
      const height = heightIn(name);
      if (height === undefined) continue;
      const other = files.get(height);
      if (other !== undefined) {
        throw new ViewError('ERR_INDEX_SOURCE', `${other} and ${name} are both block ${height}`);
      }
      files.set(height, path.join(folder, name));
    }
    if (files.size === 0) {
      throw new ViewError(
        'ERR_INDEX_SOURCE',
        `${folder} holds no blocks; name them by their height, such as 849236.bin or 849236.hex`,
      );
    }
    const source = new BlockFolder(files);
    for (let height = source.firstHeight; height <= source.#last; height++) {
      if (!files.has(height)) {
        throw new ViewError('ERR_INDEX_SOURCE', `${folder} holds no block ${height}`);
      }
    }
    return source;
  }

  async tip(): Promise<number> {
    return this.#last;
  }

  async hashAt(height: number): Promise<Uint8Array> {
    return blockHashOf(await this.#block(height));
  }

  blockAt(_hash: Uint8Array, height: number): Promise<Uint8Array> {
    return this.#block(height);
  }

  async #block(height: number): Promise<Uint8Array> {
    // Its hash is asked for first, then the block itself.
    if (this.#read?.height === height) return this.#read.block;
    const file = this.#files.get(height);
    if (file === undefined) {
      throw new ViewError('ERR_INDEX_SOURCE', `there is no file for block ${height}`);
    }
    const bytes = await readFile(file);
    const block = file.endsWith('.hex')
      ? Buffer.from(bytes.toString('latin1').trim(), 'hex')
      : bytes;
    this.#read = { height, block };
    return block;
  }
}

function heightIn(name: string): number | undefined {
  const digits = /(\d+)\.(?:bin|blk|dat|raw|hex)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
