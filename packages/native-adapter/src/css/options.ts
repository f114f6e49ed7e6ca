import { z } from 'zod';
import type { GuardOptions } from '../guard.js';
import type { HtmlParserName } from '../html/parse.js';
import { parseOptions } from '../options.js';
import { deadlineShape, limitsShape } from '../options-shapes.js';
import { type CssSchema, cssPresets } from './field.js';
import { SelectorCache } from './selector.js';
import type { Transform } from './transforms.js';

/** Options of a `CssExtractor`. */
export interface CssExtractorOptions extends GuardOptions {
  /** The record that `extractDocument` reads, or the name of a ready-made one. Default `default`. */
  readonly fields?: CssSchema | 'default' | 'news' | 'blog' | 'product';
  /** Further selectors to compile now instead of at their first use. */
  readonly selectors?: readonly string[];
  /** Default `html5`. */
  readonly parser?: HtmlParserName;
  /** Transforms of your own, by name. */
  readonly transforms?: Readonly<Record<string, Transform>>;
  /** Share one cache between extractors. Default: a cache of its own. */
  readonly cache?: SelectorCache;
}

const takeShape = z.union([
  z.enum(['text', 'ownText', 'html', 'outerHtml', 'markdown']),
  z.templateLiteral(['@', z.string()]),
  z.array(z.templateLiteral(['@', z.string()])).min(1),
]);

const functionShape = z.custom<Transform>(
  (value) => typeof value === 'function',
  'expected a function',
);

const transformShape = z.union([
  z.string(),
  functionShape,
  z.strictObject({ name: z.string(), args: z.record(z.string(), z.unknown()).optional() }),
]);

const fieldShape: z.ZodType = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({
      selector: z.string(),
      fallbacks: z.array(z.string()).optional(),
      take: takeShape.optional(),
      multiple: z.boolean().optional(),
      required: z.boolean().optional(),
      hasText: z
        .strictObject({
          pattern: z.string().min(1),
          caseInsensitive: z.boolean().optional(),
          exact: z.boolean().optional(),
          regex: z.boolean().optional(),
        })
        .optional(),
      fields: z.record(z.string(), fieldShape).optional(),
      transforms: z.array(transformShape).optional(),
      default: z.unknown().optional(),
      weight: z.number().min(0).max(1).optional(),
    }),
  ]),
);

const schema = z.strictObject({
  fields: z
    .union([z.enum(['default', 'news', 'blog', 'product']), z.record(z.string(), fieldShape)])
    .optional(),
  selectors: z.array(z.string()).optional(),
  parser: z.enum(['html5', 'fast']).optional(),
  transforms: z.record(z.string(), functionShape).optional(),
  cache: z.instanceof(SelectorCache).optional(),
  limits: limitsShape.optional(),
  deadlineMs: deadlineShape.optional(),
});

/** @throws ExtractError `ERR_EXTRACT_OPTIONS` */
export function readCssOptions(options: unknown): CssExtractorOptions {
  parseOptions(schema, options, 'CSS extractor options');
  return (options ?? {}) as CssExtractorOptions;
}

export function schemaOf(fields: CssExtractorOptions['fields']): CssSchema {
  return typeof fields === 'object' ? fields : cssPresets[fields ?? 'default'];
}
