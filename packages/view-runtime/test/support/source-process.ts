import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const here = path.dirname(fileURLToPath(import.meta.url));

/** Runs a file of this folder as a program of its own, from source. */
export function startSource(file: string, args: readonly string[]): ChildProcess {
  const script = path.join(here, file);
  // Not by the command of tsx: that would be a parent of its own, and killing it would leave the child.
  const options = ['--conditions=@rockpool/source', '--import', tsx];
  return spawn(process.execPath, [...options, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

export const exitOf = (child: ChildProcess): Promise<NodeJS.Signals | number | null> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
