import type { ResolvedPipelineOptions } from '../contract/options.js';
import type { InitContext } from '../contract/parser.js';
import type { DeadLetters } from '../stage/dead-letters.js';
import type { Lanes } from '../stage/lanes.js';
import type { Broadcast } from './output.js';

/** What a pipeline is made of, beside what all have. */
export interface PipelineParts {
  readonly id: string;
  readonly kind: string;
  readonly options: ResolvedPipelineOptions;
  readonly context: InitContext;
  readonly abort: AbortController;
  readonly letters: DeadLetters;
  readonly broadcast: Broadcast;
  /** Undefined where no order is kept. */
  readonly lanes: Lanes | undefined;
}
