import process from 'node:process';

/** Where this package says what it does. A pino logger fits, and so does `console`. */
export interface ViewLogger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Says nothing, but a warning becomes a warning of the process: it must not be lost because nobody chose a logger. */
export const quietLogger: ViewLogger = {
  debug: () => {},
  info: () => {},
  warn: (message) => process.emitWarning(message, 'RockpoolViewWarning'),
  error: (message) => process.emitWarning(message, 'RockpoolViewWarning'),
};
