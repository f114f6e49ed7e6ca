import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One entry of the cache: a small header that JSON can say, and bytes. */
export interface DiskEntry {
  readonly header: unknown;
  readonly bytes: Uint8Array;
}

/**
 * Rewritten modules and transpiled components on disk, one file each. A file is written beside its place and renamed,
 * so several processes may share a folder; it carries the hash of its content, so a damaged one counts as absent and is
 * replaced. A cache that cannot be read or written costs time, never a program.
 */
export class DiskCache {
  readonly directory: string;
  /** What went wrong with the folder. */
  readonly problems: Error[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  /** All that went wrong, in one sentence; a component has several modules, and each of them meets the same folder. */
  trouble(): string | undefined {
    const [first, ...others] = new Set(this.problems.map(({ message }) => message));
    if (first === undefined) return undefined;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return `the cache folder could not be used: ${first}${more}`;
  }

  async read(key: string): Promise<DiskEntry | undefined> {
    const path = this.#path(key);
    let file: Buffer;
    try {
      file = await readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.problems.push(error as Error);
      return undefined;
    }
    const entry = decode(file);
    if (entry === undefined) {
      this.problems.push(new Error(`${path} is damaged and will be rebuilt`));
      await this.#remove(path);
    }
    return entry;
  }

  async write(key: string, header: unknown, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const unfinished = `${path}.${process.pid}.${randomUUID()}`;
    try {
      await mkdir(this.directory, { recursive: true });
      await writeFile(unfinished, encode(header, bytes));
      await rename(unfinished, path);
    } catch (error) {
      this.problems.push(error as Error);
      await this.#remove(unfinished);
    }
  }

  async #remove(path: string): Promise<void> {
    try {
      await rm(path, { force: true });
    } catch (error) {
      this.problems.push(error as Error);
    }
  }

  #path(key: string): string {
    return join(this.directory, `${key}.rockpool-wasm`);
  }
}

const magic = 'rockpool-wasm-cache 1';

/** Two lines of text, the bytes behind them: the magic with the hash of all that follows, then the header. */
function encode(header: unknown, bytes: Uint8Array): Buffer {
  const line = Buffer.from(`${JSON.stringify(header)}\n`);
  const body = Buffer.concat([line, bytes]);
  return Buffer.concat([Buffer.from(`${magic} ${sha256(body)}\n`), body]);
}

function decode(file: Buffer): DiskEntry | undefined {
  const firstEnd = file.indexOf(0x0a);
  if (firstEnd < 0) return undefined;
  const body = file.subarray(firstEnd + 1);
  if (file.toString('latin1', 0, firstEnd) !== `${magic} ${sha256(body)}`) return undefined;
  const secondEnd = body.indexOf(0x0a);
  return {
    header: JSON.parse(body.toString('utf8', 0, secondEnd)),
    bytes: new Uint8Array(body.subarray(secondEnd + 1)),
  };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
