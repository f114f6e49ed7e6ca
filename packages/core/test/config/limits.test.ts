import { memoryBytes, milliseconds, wholeNumber } from '@rockpool/core/config';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';

/** What a schema makes of a value: the value, or its words against it. */
function told(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  return result.success ? result.data : result.error.issues.map(({ message }) => message);
}

describe('the limits of a setting', () => {
  it('take whole numbers from the least to the most', () => {
    const schema = wholeNumber(2, 1_000);
    expect([2, 1_000].map((value) => told(schema, value))).toEqual([2, 1_000]);
    for (const value of [1, 1_001, 2.5, Number.NaN, '7', undefined]) {
      expect(told(schema, value)).toEqual(['must be a whole number from 2 to 1,000']);
    }
  });

  it('take milliseconds, whole or not, that a timer can be set for', () => {
    const schema = milliseconds(1);
    expect([1, 1.5, 2_147_483_647].map((value) => told(schema, value))).toEqual([
      1, 1.5, 2_147_483_647,
    ]);
    for (const value of [0.5, 2_147_483_648, '5', Number.NaN]) {
      expect(told(schema, value)).toEqual(['must be milliseconds: a number from 1 to 2147483647']);
    }
  });

  it('take whole bytes from the least, which they name', () => {
    const schema = memoryBytes(4_096, 'one page');
    expect(told(schema, 4_096)).toBe(4_096);
    expect(told(schema, 4_095)).toEqual(['must be at least 4,096 bytes, one page']);
    expect(told(schema, 4_096.5)).toEqual(['must be a whole number of bytes']);
    expect(told(schema, '8192')).toEqual(['must be a number of bytes']);
  });
});
