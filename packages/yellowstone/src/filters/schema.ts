import { parseOptions } from '@rockpool/core';
import { z } from 'zod';
import { keyOf } from './addresses.js';
import type { Prefilter } from './prefilter.js';

const address = z
  .string()
  .refine((text) => keyOf(text) !== undefined, 'must be an address: 32 bytes as base58');
const addresses = z.array(address).readonly().optional();
const flag = z.boolean().optional();
const choice = z.union([z.boolean(), z.null()], 'must be true, false, or null for both').optional();

const prefilter = z.strictObject({
  account: z
    .strictObject({
      accounts: addresses,
      owners: addresses,
      dataSizeBytes: z.number().int().min(0).optional(),
    })
    .optional(),
  transaction: z
    .strictObject({
      include: addresses,
      required: addresses,
      exclude: addresses,
      failed: choice,
      vote: choice,
    })
    .optional(),
  block: z
    .strictObject({ include: addresses, transactions: flag, accounts: flag, entries: flag })
    .optional(),
  slot: z.strictObject({ filterByCommitment: flag, interslotUpdates: flag }).optional(),
  blockMeta: z.literal(true).optional(),
  entry: z.literal(true).optional(),
});

/**
 * Checks a prefilter.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 */
export function parsePrefilter(value: unknown, pipeline: string): Prefilter {
  return parseOptions<Prefilter>(prefilter, value, `prefilter of the pipeline ${pipeline}`);
}
