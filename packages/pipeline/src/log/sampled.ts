import type { Logger, LogLevel } from '../contract/ports.js';

/** How much of a flood is logged. */
export interface SamplingOptions {
  /** The first so many of each message are logged. Default 10. */
  readonly first?: number | undefined;
  /** Then one in so many. Default 1,000. */
  readonly oneIn?: number | undefined;
}

/**
 * A logger for what may come in floods, such as parse errors: of each message the first are logged, then one in a
 * thousand, with the number of those that were not in `suppressed`. Messages are told apart by their text, so what
 * changes belongs into the fields.
 */
export function sampledLogger(logger: Logger, options: SamplingOptions = {}): Logger {
  return new SampledLogger(logger, options, new Map());
}

/** Texts that are counted apart; more of them share one count, so that the memory has an end. */
const MOST_MESSAGES = 1_000;

class SampledLogger implements Logger {
  readonly #logger: Logger;
  readonly #options: SamplingOptions;
  readonly #counts: Map<string, number>;

  constructor(logger: Logger, options: SamplingOptions, counts: Map<string, number>) {
    this.#logger = logger;
    this.#options = options;
    this.#counts = counts;
  }

  get level(): LogLevel {
    return this.#logger.level;
  }

  set level(level: LogLevel) {
    this.#logger.level = level;
  }

  log(
    level: Exclude<LogLevel, 'silent'>,
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void {
    const { first = 10, oneIn = 1_000 } = this.#options;
    const known = this.#counts.has(message) || this.#counts.size < MOST_MESSAGES;
    const counted = known ? message : '';
    const count = (this.#counts.get(counted) ?? 0) + 1;
    this.#counts.set(counted, count);
    if (count <= first) this.#logger.log(level, message, fields);
    else if ((count - first) % oneIn === 0) {
      this.#logger.log(level, message, { ...fields, suppressed: oneIn - 1 });
    }
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new SampledLogger(this.#logger.child(fields), this.#options, this.#counts);
  }
}
