import type { PipelineStats, RuntimeStats } from '../contract/stats.js';

/** What limits a pipeline just now. */
export type Bound = 'source' | 'parser' | 'handler' | 'failures';

/** What limits a pipeline, why that is so, and what would help. */
export interface Advice {
  readonly pipeline: string;
  readonly bound: Bound;
  readonly because: string;
  readonly remedy: string;
}

/** From which share of its capacity on a buffer counts as full. */
const FULL = 0.5;

/**
 * Says of each pipeline what limits it: failures when a breaker is open; nobody but the source when its buffer is not
 * filling; else the handlers when as many run as may, and the parser when they do not.
 * @param concurrency how many handler calls a pipeline may have at once, by its id
 */
export function advise(
  { pipelines }: RuntimeStats,
  concurrency: (pipeline: string) => number,
): Advice[] {
  return Object.values(pipelines).map((each) => ({
    pipeline: each.id,
    ...boundOf(each, concurrency(each.id)),
  }));
}

function boundOf(stats: PipelineStats, concurrency: number): Omit<Advice, 'pipeline'> {
  const { queueDepth, queueCapacity, running, handlers } = stats;
  const broken = handlers.find(({ breaker }) => breaker === 'open' || breaker === 'isolated');
  if (broken !== undefined) {
    return {
      bound: 'failures',
      because: `the breaker of ${broken.name} is ${broken.breaker}`,
      remedy: 'look at the errors of the handler; nothing else will help before they end',
    };
  }
  const fill = `${queueDepth} of ${queueCapacity} in the buffer`;
  if (queueDepth < queueCapacity * FULL) {
    return {
      bound: 'source',
      because: `${fill}: what arrives is dealt with at once`,
      remedy: 'nothing to do; a wider filter or another endpoint would bring more',
    };
  }
  const calls = `${running} of ${concurrency} handler calls are running`;
  return running >= concurrency
    ? {
        bound: 'handler',
        because: `${fill}, and ${calls}`,
        remedy: 'batch the writes, or raise handler_threads while the far end can take it',
      }
    : {
        bound: 'parser',
        because: `${fill}, but only ${calls}`,
        remedy: 'parse less (filters), or give the parser threads: parser_threads',
      };
}
