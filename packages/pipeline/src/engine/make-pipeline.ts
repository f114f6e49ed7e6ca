import type { AnyHandler, BatchHandler, Handler } from '../contract/handler.js';
import type { ResolvedBatchOptions, ResolvedPipelineOptions } from '../contract/options.js';
import type { InitContext, Parser } from '../contract/parser.js';
import type { Key, Update } from '../contract/update.js';
import type { AttemptScope } from '../stage/attempt.js';
import { BatchSlot } from '../stage/batch-slot.js';
import { BatchedParsing } from '../stage/batched-parsing.js';
import { DeadLetters } from '../stage/dead-letters.js';
import { Guard } from '../stage/guard.js';
import { AllAtOnce, OneByOne } from '../stage/handling.js';
import { Lanes } from '../stage/lanes.js';
import { InlineParsing, type Parsing } from '../stage/parsing.js';
import { SingleSlot } from '../stage/single-slot.js';
import type { Slot } from '../stage/slot.js';
import { Broadcast } from './output.js';
import { PipelineRun } from './pipeline-run.js';
import type { Surroundings } from './surroundings.js';

/** A pipeline whose description has been checked. */
export interface CheckedPipeline {
  readonly id: string;
  readonly kind: string;
  readonly parser: Parser<Update, unknown>;
  readonly handlers: readonly AnyHandler<unknown>[];
  /** By handler, for those that take batches. */
  readonly batches: ReadonlyMap<AnyHandler<unknown>, ResolvedBatchOptions>;
  readonly options: ResolvedPipelineOptions;
}

/** A pipeline and what its parser and handlers are initialised with. */
export interface MadePipeline {
  readonly run: PipelineRun;
  readonly context: InitContext;
}

/** Puts a pipeline together. */
export function makePipeline(
  checked: CheckedPipeline,
  surroundings: Surroundings,
  parserThreads: number | undefined,
): MadePipeline {
  const { id, options } = checked;
  const { agenda, cache, clock, events } = surroundings;
  const log = surroundings.log.child({ pipeline: id });
  const abort = new AbortController();
  const context: InitContext = { pipeline: id, signal: abort.signal, log, cache, parserThreads };
  const run = new PipelineRun(
    {
      id,
      kind: checked.kind,
      options,
      context,
      abort,
      letters: new DeadLetters(id, options.retry.deadLetter, clock, log, events),
      broadcast: new Broadcast(),
      lanes: lanesOf(options),
    },
    surroundings,
  );
  const slots = checked.handlers.map((handler): Slot => {
    const scope: AttemptScope = {
      pipeline: id,
      handler: handler.name,
      log,
      cache,
      signal: abort.signal,
    };
    const conditional = options.mode === 'conditional';
    const guard =
      options.breaker &&
      new Guard(`${id}/${handler.name}`, options.breaker, agenda, clock, (change) =>
        events.emit('breaker', { ...change, pipeline: id, handler: handler.name }),
      );
    const whenOpen = options.breaker?.whenOpen ?? 'wait';
    const batch = checked.batches.get(handler);
    return batch === undefined
      ? new SingleSlot(handler as Handler<unknown>, conditional, scope, run, guard, whenOpen)
      : new BatchSlot(
          handler as BatchHandler<unknown>,
          batch,
          conditional,
          scope,
          run,
          guard,
          whenOpen,
        );
  });
  const handling =
    options.mode === 'sequential'
      ? new OneByOne(slots, options.continueOnError)
      : new AllAtOnce(slots);
  run.connect(parsingOf(checked, context, run), handling, slots);
  return { run, context };
}

function lanesOf({ key, ordering }: ResolvedPipelineOptions): Lanes | undefined {
  if (ordering === 'none') return undefined;
  // In strict order all are in one lane, whatever their keys.
  return new Lanes(ordering === 'strict' ? () => '' : (key as (update: Update) => Key));
}

function parsingOf(
  { parser, options }: CheckedPipeline,
  context: InitContext,
  run: PipelineRun,
): Parsing {
  const { executor, parseTimeoutMs: timeoutMs, parseConcurrency: concurrency } = options;
  const inOrder = options.ordering !== 'none';
  return executor === undefined
    ? new InlineParsing(parser, context, run, { inOrder, concurrency, timeoutMs })
    : new BatchedParsing(executor as never, run, { inOrder, timeoutMs });
}
