import type { Logger, LogLevel } from '../contract/ports.js';
import type { ThreadMessage } from './messages.js';

/** A logger of a thread: records go to the main thread, whose level decides. */
export function postingLogger(
  post: (message: ThreadMessage) => void,
  given: Readonly<Record<string, unknown>> = {},
): Logger {
  let current: LogLevel = 'trace';
  return {
    get level() {
      return current;
    },
    set level(level) {
      current = level;
    },
    log: (level, message, fields = {}) => {
      if (current === 'silent') return;
      post({ kind: 'log', level, message, fields: plain({ ...given, ...fields }) });
    },
    child: (fields) => postingLogger(post, { ...given, ...fields }),
  };
}

/** Fields that can be posted; others as text. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      try {
        return [key, structuredClone(value)];
      } catch {
        return [key, String(value)]; // functions, sockets
      }
    }),
  );
}
