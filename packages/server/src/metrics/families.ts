import { EXTRACTION_FAMILIES } from './extraction-families.js';
import type { Family } from './family.js';
import { POOL_FAMILIES } from './pool-families.js';

/** Every metric, in the order of the documentation. */
export const FAMILIES: readonly Family[] = [...POOL_FAMILIES, ...EXTRACTION_FAMILIES];
