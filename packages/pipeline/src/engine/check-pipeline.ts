import type { OptionProblem } from '@rockpool/core';
import type { AnyHandler, BatchHandler, Handler } from '../contract/handler.js';
import type {
  ResolvedBatchOptions,
  ResolvedBufferOptions,
  ResolvedPipelineOptions,
} from '../contract/options.js';
import type { Parser } from '../contract/parser.js';
import { resolveBatchOptions, resolvePipelineOptions } from '../contract/schema.js';
import type { Update } from '../contract/update.js';
import { PipelineOptionsError } from '../errors.js';
import type { PipelineDefinition } from './definition.js';
import type { CheckedPipeline } from './make-pipeline.js';

/** Checks a description; tells `problem` all that is wrong with it and returns nothing then. */
export function checkPipeline(
  definition: PipelineDefinition,
  buffer: ResolvedBufferOptions,
  problem: (problem: OptionProblem) => void,
): CheckedPipeline | undefined {
  const { id, kind } = definition;
  const wrong = { found: false };
  const say = (path: string, message: string): void => {
    wrong.found = true;
    problem({ path: path === '' ? id : `${id}.${path}`, message });
  };
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PipelineOptionsError)) throw error;
      for (const { path, message } of error.problems) say(path, message);
      return undefined;
    }
  };
  const options = collect(() => resolvePipelineOptions(definition.options, id, buffer));
  const parser = definition.parser as unknown as Parser<Update, unknown>;
  if (typeof parser.parse !== 'function') say('parser', 'must have parse(update, context)');
  const handlers = definition.handlers as unknown as readonly AnyHandler<unknown>[];
  if (options === undefined) return undefined;
  const batches = new Map<AnyHandler<unknown>, ResolvedBatchOptions>();
  const names = new Set<string>();
  for (const [index, handler] of handlers.entries()) {
    const path = `handlers.${handler.name || index}`;
    if (names.has(handler.name)) say(path, 'has the name of another handler of the pipeline');
    names.add(handler.name);
    checkHandler(handler, options, (message) => say(path, message));
    if (!takesBatches(handler)) continue;
    const batch = collect(() => resolveBatchOptions(handler.batch, options.buffer, path));
    if (batch === undefined) continue;
    batches.set(handler, batch);
    if (options.ordering === 'none') continue;
    if (batch.maxInFlight > 1) {
      say(`${path}.batch.maxInFlight`, `keeps no order; ordering ${options.ordering} needs 1`);
    }
    if (options.mode === 'sequential' && index < handlers.length - 1) {
      say(
        path,
        `takes batches: with ordering ${options.ordering} it must be the last in a sequence`,
      );
    }
  }
  return wrong.found ? undefined : { id, kind, parser, handlers, batches, options };
}

/** Whether a handler is one of batches. */
function takesBatches(handler: AnyHandler<unknown>): handler is BatchHandler<unknown> {
  return typeof (handler as Partial<BatchHandler<unknown>>).handleBatch === 'function';
}

function checkHandler(
  handler: AnyHandler<unknown>,
  { mode }: ResolvedPipelineOptions,
  say: (message: string) => void,
): void {
  if (typeof handler.name !== 'string' || handler.name === '') say('must have a name');
  const single = typeof (handler as Partial<Handler<unknown>>).handle === 'function';
  if (single === takesBatches(handler)) say('must have either handle() or handleBatch()');
  if (handler.when !== undefined && mode !== 'conditional') {
    say(`has when(), which mode ${mode} never asks; use mode conditional`);
  }
}
