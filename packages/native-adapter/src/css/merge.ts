import type { MergePolicy } from './field.js';
import { isPresent } from './plan.js';

/** Two extractors disagreed on a field. */
export interface ConflictAudit {
  readonly field: string;
  readonly cssValue: unknown;
  readonly otherValue: unknown;
  readonly resolution: unknown;
  readonly policy: MergePolicy;
}

/** The merged record (without a prototype) and where the two differed. */
export interface MergedFields {
  readonly fields: Record<string, unknown>;
  readonly conflicts: readonly ConflictAudit[];
}

/**
 * Joins the records of two extractors. `merge` makes a list of both values without repeats; `first-valid`
 * takes the CSS value unless it is empty. A field only one side has is taken from there.
 *
 * @param policy one for all fields, or one per field (others: `css-wins`). Default `css-wins`
 */
export function mergeExtractions(
  css: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
  policy: MergePolicy | Readonly<Record<string, MergePolicy>> = 'css-wins',
): MergedFields {
  const fields = Object.create(null) as Record<string, unknown>;
  const conflicts: ConflictAudit[] = [];
  for (const field of new Set([...Object.keys(css), ...Object.keys(other)])) {
    const [cssValue, otherValue] = [own(css, field), own(other, field)];
    const chosen = typeof policy === 'string' ? policy : (own(policy, field) ?? 'css-wins');
    const resolution = resolve(cssValue, otherValue, chosen);
    fields[field] = resolution;
    if (
      isPresent(cssValue) &&
      isPresent(otherValue) &&
      JSON.stringify(cssValue) !== JSON.stringify(otherValue)
    ) {
      conflicts.push({ field, cssValue, otherValue, resolution, policy: chosen });
    }
  }
  return { fields, conflicts };
}

function resolve(css: unknown, other: unknown, policy: MergePolicy): unknown {
  if (!isPresent(css)) return isPresent(other) ? other : (css ?? other ?? null);
  if (!isPresent(other)) return css;
  switch (policy) {
    case 'css-wins':
    case 'first-valid':
      return css;
    case 'other-wins':
      return other;
    case 'merge':
      return [...new Set([css, other].flat())];
  }
}

const own = <V>(record: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
