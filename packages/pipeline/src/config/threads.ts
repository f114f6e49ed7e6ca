import type { Settings } from './settings.js';

/** How many of each there are, after everything that was set and left out. */
export interface ThreadNumbers {
  /** Worker threads that parse; 0 = the main thread does. */
  readonly parserThreads: number;
  /** Handler calls at once in a pipeline; at least 1. */
  readonly handlerThreads: number;
  /** Kept as it was set: 0 or 1. */
  readonly systemThreads: number;
  /** Most worker threads for handlers that block; at least 1. */
  readonly maxBlockingThreads: number;
}

type ThreadSettings = Pick<
  Settings,
  | 'runtime.workerThreads'
  | 'runtime.parserThreads'
  | 'runtime.handlerThreads'
  | 'runtime.systemThreads'
  | 'runtime.maxBlockingThreads'
>;

/**
 * The numbers of threads. What is set alone counts; `workerThreads` fills in what is not, half for parsers and half
 * for handlers; without it the processors decide. Nothing ends up with no thread at all: a 0 that would stop the
 * runtime counts as 1, and no parser thread means that the main thread parses.
 */
export function threadNumbers(settings: ThreadSettings, processors: number): ThreadNumbers {
  const {
    'runtime.workerThreads': total,
    'runtime.parserThreads': parsers,
    'runtime.handlerThreads': handlers,
  } = settings;
  const shared = total === undefined ? undefined : Math.max(1, total);
  const half = shared === undefined ? undefined : Math.floor(shared / 2);
  const parserThreads =
    parsers ??
    (shared === undefined || half === undefined
      ? parsersFor(processors)
      : Math.max(0, handlers === undefined ? half : shared - handlers));
  const handlerThreads =
    handlers ?? (shared === undefined ? processors * 2 : shared - (parsers ?? (half as number)));
  return {
    parserThreads,
    handlerThreads: Math.max(1, handlerThreads),
    systemThreads: settings['runtime.systemThreads'],
    maxBlockingThreads: Math.max(1, settings['runtime.maxBlockingThreads']),
  };
}

/** One processor is left to the main thread, which reads and hands on; two leave none to spare. */
function parsersFor(processors: number): number {
  return processors <= 2 ? 0 : processors - 1;
}
