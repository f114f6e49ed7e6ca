import type { Document, Element } from 'domhandler';
import { ExtractError } from '../errors.js';
import { collapse, textOf } from '../html/text.js';
import { compilePattern } from '../regex/pattern.js';
import type { CssField, CssSchema, HasText, Take } from './field.js';
import { readElement } from './read.js';
import type { CompiledSelector, SelectorCache } from './selector.js';
import { type BoundTransform, bindTransform, type Transform } from './transforms.js';

/** How a field was found. */
export interface FieldReport {
  /** How many values were found. */
  readonly found: number;
  /** The selector that found them; null when none did. */
  readonly selectorUsed: string | null;
  /** -1 for the first selector, 0 for the first fallback, and so on; null when nothing was found. */
  readonly fallbackIndex: number | null;
  /** Elements that matched but had no value, or not the wanted text. */
  readonly dropped: number;
}

/** A record read from a page. Both objects have no prototype: a field may be called `constructor`. */
export interface CssRecord {
  readonly fields: Record<string, unknown>;
  readonly reports: Record<string, FieldReport>;
}

/** A schema with all its selectors, transforms and patterns looked up. */
export interface FieldPlan {
  readonly name: string;
  readonly field: CssField;
  readonly selectors: readonly CompiledSelector[];
  readonly take: Take;
  readonly hasText: ((element: Element) => boolean) | undefined;
  readonly transforms: readonly BoundTransform[];
  readonly nested: readonly FieldPlan[] | undefined;
}

const maxNesting = 8;

/**
 * Looks everything up that a schema names, so that reading a page compiles nothing.
 *
 * @throws InvalidSelectorError, InvalidPatternError, ExtractError `ERR_EXTRACT_OPTIONS`
 */
export function planFields(
  schema: CssSchema,
  cache: SelectorCache,
  custom: Readonly<Record<string, Transform>> | undefined,
  depth = 0,
): FieldPlan[] {
  if (depth > maxNesting)
    throw new ExtractError('ERR_EXTRACT_OPTIONS', `Fields nest deeper than ${maxNesting} levels`);
  return Object.entries(schema).map(([name, entry]) => {
    const field: CssField = typeof entry === 'string' ? { selector: entry } : entry;
    return {
      name,
      field,
      selectors: [field.selector, ...(field.fallbacks ?? [])].map((selector) =>
        cache.get(selector),
      ),
      take: field.take ?? 'text',
      hasText: field.hasText === undefined ? undefined : hasTextTest(field.hasText, name),
      transforms: (field.transforms ?? []).map((spec) => bindTransform(spec, name, custom)),
      nested:
        field.fields === undefined ? undefined : planFields(field.fields, cache, custom, depth + 1),
    };
  });
}

/** What a record is read from. */
export interface ReadContext {
  readonly root: Document | Element;
  readonly url: string | undefined;
  readonly baseUrl: string | undefined;
  readonly maxMatches: number;
}

/** @throws ExtractError `ERR_EXTRACT_MISSING_REQUIRED`, `ERR_EXTRACT_TRANSFORM` */
export function readRecord(plans: readonly FieldPlan[], context: ReadContext): CssRecord {
  const fields = Object.create(null) as Record<string, unknown>;
  const reports = Object.create(null) as Record<string, FieldReport>;
  for (const plan of plans) {
    const { value, report } = readField(plan, context);
    fields[plan.name] = value;
    reports[plan.name] = report;
  }
  return { fields, reports };
}

/** Whether a value says anything. */
export const isPresent = (value: unknown): boolean =>
  value !== null &&
  value !== undefined &&
  value !== '' &&
  !(Array.isArray(value) && value.length === 0);

function readField(plan: FieldPlan, context: ReadContext): { value: unknown; report: FieldReport } {
  const wanted = plan.field.multiple === true ? context.maxMatches : 1;
  let dropped = 0;
  for (const [at, selector] of plan.selectors.entries()) {
    const values: unknown[] = [];
    for (const element of plan.field.multiple === true
      ? selector.all(context.root)
      : inListOrder(selector, context.root)) {
      if (values.length >= wanted) break;
      const raw = plan.hasText?.(element) === false ? null : rawValue(plan, element, context);
      const value =
        raw === null || plan.field.multiple === true ? raw : transformed(plan, raw, context);
      if (isPresent(value)) values.push(value);
      else dropped += 1;
    }
    if (values.length === 0) continue;
    const value = plan.field.multiple === true ? transformed(plan, values, context) : values[0];
    return {
      value,
      report: {
        found: values.length,
        selectorUsed: selector.source,
        fallbackIndex: at - 1,
        dropped,
      },
    };
  }
  if (plan.field.required === true) throw missing(plan);
  const value = plan.field.default ?? (plan.field.multiple === true ? [] : null);
  return { value, report: { found: 0, selectorUsed: null, fallbackIndex: null, dropped } };
}

/** Comma parts in the order they were written, not in the order of the page. */
function* inListOrder(selector: CompiledSelector, root: Document | Element): Generator<Element> {
  for (const part of selector.parts) yield* part(root);
}

function rawValue(plan: FieldPlan, element: Element, context: ReadContext): unknown {
  if (plan.nested !== undefined)
    return readRecord(plan.nested, { ...context, root: element }).fields;
  const value = readElement(element, plan.take, context.baseUrl);
  return value === null || value.trim() === '' ? null : value;
}

function transformed(plan: FieldPlan, value: unknown, context: ReadContext): unknown {
  return plan.transforms.reduce(
    (at, transform) => transform(at, plan.name, context.baseUrl),
    value,
  );
}

function missing(plan: FieldPlan): ExtractError {
  const tried = plan.selectors.map((selector) => JSON.stringify(selector.source)).join(', ');
  return new ExtractError(
    'ERR_EXTRACT_MISSING_REQUIRED',
    `The page has no value for the required field "${plan.name}" (tried ${tried}). Add a fallback selector or make the field optional.`,
    { field: plan.name },
  );
}

function hasTextTest(filter: HasText, name: string): (element: Element) => boolean {
  if (filter.regex === true) {
    const pattern = compilePattern(filter.pattern, {
      flags: filter.caseInsensitive === true ? 'i' : '',
      field: name,
    });
    return (element) => pattern.matches(textOf(element), 1).length > 0;
  }
  const fold = (text: string): string =>
    filter.caseInsensitive === true ? text.toLowerCase() : text;
  const wanted = fold(collapse(filter.pattern));
  return (element) => {
    const text = fold(collapse(textOf(element)));
    return filter.exact === true ? text === wanted : text.includes(wanted);
  };
}
