import type { Logger, LogLevel } from '../contract/ports.js';

/** What is used of a logger of pino; hand yours in. */
export interface PinoLike {
  level: string;
  trace(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): PinoLike;
}

/**
 * A logger that writes through one of pino. Levels are pino's: a child keeps the level it was made with.
 *
 * @example
 * const log = pinoLogger(pino({ level: 'debug' }));
 */
export function pinoLogger(pino: PinoLike): Logger {
  return {
    get level() {
      // Pino knows `fatal` as well, of which we have nothing.
      return pino.level === 'fatal' ? 'error' : (pino.level as LogLevel);
    },
    set level(level) {
      pino.level = level;
    },
    log: (level, message, fields = {}) => pino[level](fields, message),
    child: (fields) => pinoLogger(pino.child(fields)),
  };
}
