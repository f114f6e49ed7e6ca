import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

export type GuestName =
  | 'indexer'
  | 'height-safe'
  | 'no-start'
  | 'no-memory'
  | 'needs-memory'
  | 'moody';

/** Where a guest lies, compiled. It is compiled once for the same sources, whatever process asks first. */
export async function guestPath(name: GuestName): Promise<string> {
  return path.join(await builtFolder(), `${name}.wasm`);
}

export async function guestBytes(name: GuestName): Promise<Uint8Array> {
  return readFileSync(await guestPath(name));
}

let built: Promise<string> | undefined;

function builtFolder(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of readdirSync(fixtures).sort())
    hash.update(readFileSync(path.join(fixtures, file)));
  const folder = path.join(tmpdir(), `rockpool-guests-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const unfinished = mkdtempSync(`${folder}-`);
  const { buildGuests } = (await import(`${fixtures}build.mjs`)) as {
    buildGuests(folder: string): Promise<void>;
  };
  await buildGuests(unfinished);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return folder;
}
