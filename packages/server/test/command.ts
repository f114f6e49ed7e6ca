import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { vi } from 'vitest';

// Each start compiles the command from source; on a busy machine several of them take their time.
vi.setConfig({ testTimeout: 90_000 });

/** How a run of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and how to run it. */
export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

const require = createRequire(import.meta.url);

/** `node` and its arguments that start the command from source. */
export const commandLine: readonly string[] = [
  process.execPath,
  '--import',
  pathToFileURL(require.resolve('tsx')).href,
  '--conditions=@rockpool/source',
  fileURLToPath(new URL('../src/cli.ts', import.meta.url)),
];

/** Runs the real command to its end. */
export async function rockpool(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const running = start(args, options);
  // A command that refuses early does not read what it is sent.
  running.child.stdin.on('error', () => {});
  running.child.stdin.end(options.stdin ?? '');
  return running.ended;
}

/** A running command. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Settles when stderr has said this; rejects when the command ends without it. */
  said(text: string): Promise<void>;
  /** Settles when stdout has matched this, with what it matched; rejects when the command ends without it. */
  wrote(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the real command. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const [node = '', ...rest] = commandLine;
  const child = spawn(node, [...rest, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout,
    stderr,
  }));
  return {
    child,
    ended,
    said: async (text) => {
      await until(child.stderr, () => stderr.includes(text) || undefined, `saying "${text}"`);
    },
    wrote: (pattern) =>
      until(child.stdout, () => pattern.exec(stdout) ?? undefined, `writing ${pattern}`),
  };

  async function until<T>(stream: Readable, read: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = read();
      if (found !== undefined) return found;
      const isOver = await Promise.race([
        once(stream, 'data').then(() => false),
        ended.then(() => true),
      ]);
      if (isOver && read() === undefined) {
        throw new Error(`ended without ${what}:\n${stdout}\n${stderr}`);
      }
    }
  }
}
