import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

// Each process compiles the component and starts a worker; both take seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const run = promisify(execFile);
const adapter = fileURLToPath(new URL('../../wasm-adapter/', import.meta.url));
const component = path.join(adapter, 'guests', 'built', 'extractor.wasm');
const script = fileURLToPath(new URL('support/read-one-page.ts', import.meta.url));
let root = '';

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'rockpool-program-cache-'));
  await run(process.execPath, ['--import', 'tsx', 'test/support/build-guests.ts'], {
    cwd: adapter,
  });
});
afterAll(() => rm(root, { recursive: true }));

interface Told {
  readonly parserUsed: string;
  readonly hits: number;
  readonly misses: number;
  readonly warnings: readonly string[];
}

/** Reads one page in a process of its own, whose system gives it `home` for caches. */
async function readOnePage(home: string, settings: object = {}): Promise<Told> {
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=@rockpool/source',
      '--import',
      'tsx',
      script,
      component,
      JSON.stringify(settings),
    ],
    { env: { ...process.env, XDG_CACHE_HOME: home } },
  );
  return JSON.parse(stdout) as Told;
}

/** What a folder holds, with when it was written. */
async function written(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder);
  const entries = names.map(async (name) => [name, (await stat(path.join(folder, name))).mtimeMs]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, number>;
}

const sizeOf = async (file: string): Promise<number> => (await stat(file)).size;

const aboutTheCache = ({ warnings }: Told): string[] =>
  warnings.filter((each) => each.includes('cache folder'));

describe('what was made of a component', () => {
  it('is kept in the folder that the system gives for caches, and not made again by the next process', async () => {
    const home = path.join(root, 'home');
    const first = await readOnePage(home);
    expect(first).toMatchObject({ parserUsed: 'wasm', hits: 0 });
    expect(first.misses).toBeGreaterThan(0);
    const files = await written(path.join(home, 'rockpool'));
    // One for each module, and one for the component that they come from.
    expect(Object.keys(files)).toHaveLength(first.misses + 1);
    const second = await readOnePage(home);
    expect(second).toMatchObject({ parserUsed: 'wasm', hits: first.misses, misses: 0 });
    expect(await written(path.join(home, 'rockpool'))).toEqual(files);
    expect([...aboutTheCache(first), ...aboutTheCache(second)]).toEqual([]);
  });

  it('is made again where it is damaged, which is told once and costs no page', async () => {
    const folder = path.join(root, 'home', 'rockpool');
    const names = await readdir(folder);
    const sizes = await Promise.all(names.map(async (name) => sizeOf(path.join(folder, name))));
    for (const name of names) await truncate(path.join(folder, name), 1_000);
    const told = await readOnePage(path.join(root, 'home'));
    expect(told).toMatchObject({ parserUsed: 'wasm', hits: 0, misses: names.length - 1 });
    expect(aboutTheCache(told)).toEqual([expect.stringContaining('is damaged')]);
    expect(await Promise.all(names.map((name) => sizeOf(path.join(folder, name))))).toEqual(sizes);
  });

  it('is made for this process alone where the folder cannot be used, which is told once', async () => {
    const file = path.join(root, 'file');
    await writeFile(file, 'not a folder');
    const told = await readOnePage(root, { 'wasm.cacheDirectory': file });
    expect(told.parserUsed).toBe('wasm');
    expect(told.misses).toBeGreaterThan(0);
    expect(aboutTheCache(told)).toEqual([expect.stringContaining(file)]);
    expect(await readFile(file, 'utf8')).toBe('not a folder');
  });

  it('is kept nowhere when that is switched off', async () => {
    const home = path.join(root, 'off');
    const told = await readOnePage(home, { 'wasm.enableAotCache': false });
    expect(told.parserUsed).toBe('wasm');
    await expect(readdir(home)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
