import { z } from 'zod';
import type { Clock } from '../time/clock.js';

/** A clock given as an option: of a pool, a breaker, a monitor. */
export const clockOption: z.ZodType<Clock> = z.custom<Clock>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['now', 'setTimeout', 'clearTimeout'].every(
      (name) => typeof (value as Record<string, unknown>)[name] === 'function',
    ),
  'must be a clock: an object with now(), setTimeout(fn, ms) and clearTimeout(handle)',
);
