/** Packages depend downwards only; those of one floor do not know each other. */
export const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  'native-adapter': 1,
  'wasm-adapter': 1,
  events: 1,
  extraction: 2,
  'view-runtime': 2,
  pipeline: 1,
  yellowstone: 2,
  server: 3,
};

/**
 * The floors inside core, from the bottom. A folder or file names only what stands below it; types count. `errors.ts`
 * belongs to the vocabulary of `contract`.
 */
export const CORE_FLOORS: readonly (readonly string[])[] = [
  ['time'],
  ['contract', 'errors.ts'],
  ['policy'],
  ['slot', 'stats', 'resilience', 'health', 'config'],
  ['lifecycle', 'lease.ts'],
  ['engine'],
  ['pool.ts'],
  ['keyed', 'generic-pool', 'testing'],
  ['index.ts'],
];
