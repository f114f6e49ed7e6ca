import { z } from 'zod';

/** Pieces shared by the option schemas of the three extractors. */
export const limitsShape: z.ZodType = z
  .strictObject({
    maxInputChars: z.int().positive(),
    maxDepth: z.int().positive().max(2_000),
    maxNodes: z.int().positive(),
    maxAttributes: z.int().positive(),
    maxMatches: z.int().positive(),
    maxOutputChars: z.int().positive(),
  })
  .partial();

export const deadlineShape: z.ZodType = z
  .number()
  .min(0)
  .max(2 ** 31 - 1);
