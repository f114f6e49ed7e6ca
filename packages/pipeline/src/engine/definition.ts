import type { AnyHandler } from '../contract/handler.js';
import type { PipelineOptions } from '../contract/options.js';
import type { Parser } from '../contract/parser.js';
import type { Update } from '../contract/update.js';

/** A pipeline as it was described; a runtime makes it. `Kind` keeps it from being registered as another kind. */
export interface PipelineDefinition<Kind extends string = string> {
  readonly id: string;
  readonly kind: Kind;
  readonly parser: Parser<never, unknown>;
  readonly handlers: readonly AnyHandler<never, never>[];
  readonly options: PipelineOptions<never, never>;
}

/**
 * Describes a pipeline: a parser, and handlers for what it makes. What is wrong with it is told by `build()`, together
 * with everything else.
 *
 * @example
 * const words = pipeline(parser, [{ name: 'print', handle: (word) => console.log(word) }], { concurrency: 8 });
 */
export function pipeline<const Kind extends string, In extends Update, Out>(
  parser: Parser<In, Out> & { readonly kind: Kind },
  handlers: readonly AnyHandler<Out, In>[],
  options: PipelineOptions<In, Out> = {},
): PipelineDefinition<Kind> {
  return {
    id: options.id ?? parser.id,
    kind: parser.kind,
    parser: parser as unknown as Parser<never, unknown>,
    handlers: handlers as unknown as readonly AnyHandler<never, never>[],
    options: options as unknown as PipelineOptions<never, never>,
  };
}
