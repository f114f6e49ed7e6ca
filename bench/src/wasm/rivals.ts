import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import createPlugin, { type Plugin } from '@extism/extism';
import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import workerpool from 'workerpool';
import { extismGuest, smallGuest } from './small-guests.js';

/** One call of `add` in a worker, as each library would make it. */
export type AddInWorker = (a: number, b: number) => Promise<unknown>;

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Tells the workers of the rivals where the guest lies: they start from a file and inherit the environment. */
export function placeGuest(): void {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'rockpool-bench-')), 'small.wasm');
  writeFileSync(file, smallGuest);
  process.env['BENCH_SMALL_GUEST'] = file;
}

/** The rivals, with one worker each unless told otherwise. */
export const RIVALS: Readonly<Record<string, () => Promise<AddInWorker>>> = {
  piscina: async () => {
    const pool = new Piscina({
      filename: fileOf('./rival-worker.mjs'),
      minThreads: 1,
      maxThreads: 1,
    });
    return (a, b) => pool.run({ a, b });
  },
  tinypool: async () => {
    const pool = new Tinypool({
      filename: fileOf('./rival-worker.mjs'),
      minThreads: 1,
      maxThreads: 1,
    });
    return (a, b) => pool.run({ a, b });
  },
  workerpool: async () => {
    const pool = workerpool.pool(fileOf('./rival-workerpool.mjs'), {
      minWorkers: 1,
      maxWorkers: 1,
      workerType: 'thread',
    });
    return async (a, b) => pool.exec('addUp', [a, b]);
  },
  'Extism, an empty call': async () => {
    const plugin = await extism({ runInWorker: true });
    // It takes one call at a time and has no line for others.
    let last: Promise<unknown> = Promise.resolve();
    return () => {
      last = last.then(() => plugin.call('nothing'));
      return last;
    };
  },
};

/** A plugin of Extism with the small guest in its form. */
export function extism(options: {
  readonly runInWorker?: boolean;
  readonly timeoutMs?: number;
}): Promise<Plugin> {
  return createPlugin({ wasm: [{ data: extismGuest }] }, { useWasi: false, ...options });
}
