import { z } from 'zod';

/** The longest that a timer of Node can be set for. */
const LONGEST_MS = 2 ** 31 - 1;

/** A schema of whole numbers from `least` to `most`. */
export function wholeNumber(least: number, most: number): z.ZodNumber {
  const message = `must be a whole number from ${least} to ${most.toLocaleString('en-US')}`;
  return z.number(message).int(message).min(least, message).max(most, message);
}

/** A schema of durations in ms, from `least` to the longest that a timer can be set for. */
export function milliseconds(least: number): z.ZodNumber {
  const message = `must be milliseconds: a number from ${least} to ${LONGEST_MS}`;
  return z.number(message).min(least, message).max(LONGEST_MS, message);
}

/**
 * A schema of memory in bytes, of at least `least`.
 * @param what the least is, in words, for the message
 */
export function memoryBytes(least: number, what: string): z.ZodNumber {
  return z
    .number('must be a number of bytes')
    .int('must be a whole number of bytes')
    .min(least, `must be at least ${least.toLocaleString('en-US')} bytes, ${what}`);
}
