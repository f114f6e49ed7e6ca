import type { Logger, LogLevel } from './contract/ports.js';
import { LOG_LEVELS } from './contract/ports.js';

/** A logger for those who gave none: warnings and errors become warnings of the process, the rest is not told. */
export function warningLog(name: string, fields: Readonly<Record<string, unknown>> = {}): Logger {
  return {
    level: 'warn' as LogLevel,
    log(level, message, more) {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return;
      if (level !== 'warn' && level !== 'error') return;
      process.emitWarning(`${name}: ${message}${shown({ ...fields, ...more })}`, {
        code: 'ROCKPOOL_PIPELINE',
      });
    },
    child: (more) => warningLog(name, { ...fields, ...more }),
  };
}

function shown(fields: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** How often a sampled message is told before only a share of it is. */
const TOLD_FIRST = 10;
const THEN_EVERY = 1_000;

/** Tells the first ten of its kind, then every thousandth: a million bad frames are a thousand lines. */
export class SampledLog {
  readonly #log: Logger;
  readonly #level: 'warn' | 'error';
  #seen = 0;

  constructor(log: Logger, level: 'warn' | 'error') {
    this.#log = log;
    this.#level = level;
  }

  /** Whether `message` was told: it is not even made when it is not. */
  tell(message: () => string): boolean {
    const seen = ++this.#seen;
    if (seen > TOLD_FIRST && seen % THEN_EVERY !== 0) return false;
    this.#log.log(this.#level, message(), seen > TOLD_FIRST ? { seen } : {});
    return true;
  }
}
