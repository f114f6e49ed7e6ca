import type { FieldPlan } from './plan.js';
import { isPresent } from './plan.js';

const weights: ReadonlyMap<string, number> = new Map([
  ['title', 0.3],
  ['content', 0.4],
  ['article', 0.4],
  ['description', 0.2],
]);

/**
 * How sure one can be of a record, 0 to 0.95: 60 % for the share of fields found, 40 % for how much the
 * weighty ones hold. The same measure as RipTide's.
 */
export function confidenceOf(
  plans: readonly FieldPlan[],
  fields: Readonly<Record<string, unknown>>,
): number {
  if (plans.length === 0) return 0;
  let found = 0;
  let substance = 0;
  for (const { name, field } of plans) {
    const value = fields[name];
    if (!isPresent(value)) continue;
    found += 1;
    const length = typeof value === 'string' ? value.length : JSON.stringify(value).length;
    substance += ((field.weight ?? weights.get(name) ?? 0.1) * Math.min(length, 500)) / 500;
  }
  return Math.min(0.95, (0.6 * found) / plans.length + 0.4 * substance);
}
