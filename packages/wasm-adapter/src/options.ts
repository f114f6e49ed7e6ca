import { suggestion } from '@rockpool/core';
import type { z } from 'zod';
import { WasmOptionsError } from './errors.js';

/** Checks options at the edge; every problem is named, unknown keys with the key that was probably meant. */
export function parseOptions<Schema extends z.ZodObject>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  const problems = result.error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const meant = path === '' ? suggestion(key, known) : undefined;
        const name = path === '' ? key : `${path}.${key}`;
        return `unknown option \`${name}\`${meant === undefined ? '' : `, did you mean \`${meant}\`?`}`;
      });
    }
    return [`\`${path}\` ${issue.message}`];
  });
  throw new WasmOptionsError(what, problems);
}

/** Where warnings go that nobody else takes. */
export const warnProcess = (message: string): void =>
  process.emitWarning(message, { type: 'RockpoolWarning' });
