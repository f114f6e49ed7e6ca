import { printable } from './report/printable.js';
import type { Terminal } from './terminal.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** How much is logged, from most to least. */
export type LogLevel = (typeof LEVELS)[number];

/** One function for each level. */
export type Log = Readonly<Record<LogLevel, (message: string) => void>>;

/** Logs line by line what the environment asks for: see {@link levelIn}. */
export function logTo(stream: Terminal['stderr'], env: Terminal['env']): Log {
  const least = LEVELS.indexOf(levelIn(env));
  const lineAt = (level: LogLevel): ((message: string) => void) => {
    if (LEVELS.indexOf(level) < least) return () => {};
    return (message) => void stream.write(`${level.padEnd(5)} ${printable(message)}\n`);
  };
  return {
    debug: lineAt('debug'),
    info: lineAt('info'),
    warn: lineAt('warn'),
    error: lineAt('error'),
  };
}

/**
 * `ROCKPOOL_LOG`, or `RUST_LOG` for those who come from rockshrew-mono, where the level of one module
 * (`rockshrew=debug`) counts for all. `info` when neither names a level.
 */
export function levelIn(env: Terminal['env']): LogLevel {
  for (const value of [env['ROCKPOOL_LOG'], env['RUST_LOG']]) {
    const words = value?.toLowerCase().split(/[,=]/) ?? [];
    const level = LEVELS.find((each) => words.includes(each));
    if (level !== undefined) return level;
    if (words.includes('trace')) return 'debug';
  }
  return 'info';
}
