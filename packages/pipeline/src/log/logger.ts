import { LOG_LEVELS, type Logger, type LogLevel } from '../contract/ports.js';
import { type LogFormat, renderRecord } from './format.js';
import { type LogOutput, type OutputTarget, openOutput } from './outputs.js';
import { timeOfDay } from './time-of-day.js';

/** The options of a logger. */
export interface LoggerOptions {
  /** Default `'info'`. */
  readonly level?: LogLevel | undefined;
  /** One JSON object, or one readable line, for each record. Default `'json'`. */
  readonly format?: LogFormat | undefined;
  /** Where records go, all of them to each. Default `['stderr']`. */
  readonly outputs?: readonly OutputTarget[] | undefined;
  /** In every record. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** The time of day in ms since 1970. Default that of the system. */
  readonly timeOfDay?: (() => number) | undefined;
}

/** A logger with outputs of its own. */
export interface ClosableLogger extends Logger {
  /** Settles when everything has been written; closes the files it opened. */
  close(): Promise<void>;
}

/** Makes a logger. Its level, and that of all its children, can be changed at any time. */
export function createLogger(options: LoggerOptions = {}): ClosableLogger {
  const { level = 'info', format = 'json', outputs = ['stderr'], fields = {} } = options;
  const opened = outputs.map(openOutput);
  return new WritingLogger(
    {
      level,
      rank: rankOf(level),
      format,
      outputs: opened,
      timeOfDay: options.timeOfDay ?? timeOfDay,
    },
    fields,
  );
}

/** What a logger shares with its children. */
interface Shared {
  level: LogLevel;
  rank: number;
  readonly format: LogFormat;
  readonly outputs: readonly LogOutput[];
  readonly timeOfDay: () => number;
}

class WritingLogger implements ClosableLogger {
  readonly #shared: Shared;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(shared: Shared, fields: Readonly<Record<string, unknown>>) {
    this.#shared = shared;
    this.#fields = fields;
  }

  get level(): LogLevel {
    return this.#shared.level;
  }

  set level(level: LogLevel) {
    this.#shared.level = level;
    this.#shared.rank = rankOf(level);
  }

  log(
    level: Exclude<LogLevel, 'silent'>,
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void {
    const { rank, format, outputs, timeOfDay: now } = this.#shared;
    if (rankOf(level) < rank) return;
    const record = { at: now(), level, message, fields: { ...this.#fields, ...fields } };
    const line = `${renderRecord(record, format)}\n`;
    for (const output of outputs) output.write(line);
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new WritingLogger(this.#shared, { ...this.#fields, ...fields });
  }

  async close(): Promise<void> {
    await Promise.all(this.#shared.outputs.map(async (output) => output.close?.()));
  }
}

function rankOf(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
