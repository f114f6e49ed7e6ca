/**
 * Why a page was read natively: `breaker-open` the breaker refused the call · `instantiation` no instance could be
 * made · `deadline` the guest was stopped at its deadline · `memory-limit` it needed more memory than it may have ·
 * `component` the component is missing, broken, or no extractor · `acquire-timeout` no instance became free in time ·
 * `trap` the guest failed in any other way · `refused` the guest does not take such a page, mode or address
 */
export type FallbackTrigger =
  | 'breaker-open'
  | 'instantiation'
  | 'deadline'
  | 'memory-limit'
  | 'component'
  | 'acquire-timeout'
  | 'trap'
  | 'refused';

/** Every trigger, in the order of the documentation. */
export const FALLBACK_TRIGGERS: readonly FallbackTrigger[] = [
  'breaker-open',
  'instantiation',
  'deadline',
  'memory-limit',
  'component',
  'acquire-timeout',
  'trap',
  'refused',
];

/** What a failure of the primary path means. */
export type Verdict =
  /** Use the fallback; `counts` says whether it is a failure of the primary path, for its breaker. */
  | { readonly kind: 'fall-back'; readonly trigger: FallbackTrigger; readonly counts: boolean }
  /** The caller gave up, the pool is closed, or the call was wrong: nothing to be mended by another parser. */
  | { readonly kind: 'pass-on' };

const PASSED_ON = new Set([
  'ERR_POOL_ABORTED',
  'ERR_POOL_CLOSED',
  'ERR_POOL_DRAINING',
  'ERR_POOL_OPTIONS',
  'ERR_POOL_LEASE_ENDED',
  'ERR_EXTRACT_OPTIONS',
]);

const BY_CODE: Readonly<Record<string, FallbackTrigger>> = {
  ERR_POOL_BREAKER_OPEN: 'breaker-open',
  ERR_POOL_TIMEOUT: 'acquire-timeout',
  ERR_POOL_QUEUE_FULL: 'acquire-timeout',
  ERR_POOL_EXHAUSTED: 'acquire-timeout',
  ERR_POOL_CREATE: 'instantiation',
  ERR_POOL_MEMORY_LIMIT: 'memory-limit',
  ERR_EXTRACT_TIMEOUT: 'deadline',
  ERR_EXTRACTION_COMPONENT: 'component',
  ERR_WASM_DEADLINE: 'deadline',
  ERR_WASM_FUEL: 'deadline',
  ERR_WASM_MEMORY_LIMIT: 'memory-limit',
  ERR_WASM_INSTANTIATE: 'instantiation',
  ERR_WASM_WORKER: 'instantiation',
  ERR_WASM_PROGRAM: 'component',
  ERR_WASM_IMPORTS: 'component',
  ERR_WASM_EXPORT: 'component',
  ERR_WASM_COMPONENT_SUPPORT: 'component',
  ERR_EXTRACTION_REFUSED: 'refused',
};

/**
 * Judges a failure of the primary path by its code: by the code alone, so that this package needs none of those whose
 * errors it meets. What has none is the guest's: a trap.
 */
export function judge(error: unknown): Verdict {
  const code = codeOf(error);
  if (code !== undefined && PASSED_ON.has(code)) return { kind: 'pass-on' };
  // What could not be created failed for a reason of its own.
  const cause = code === 'ERR_POOL_CREATE' ? codeOf((error as Error).cause) : undefined;
  const known = BY_CODE[cause ?? ''] ?? BY_CODE[code ?? ''];
  // The pages of a guest have refusals of their own: they are no failure of the guest.
  const trigger = known ?? (code?.startsWith('ERR_EXTRACT_') ? 'refused' : 'trap');
  const counts = trigger !== 'refused' && trigger !== 'acquire-timeout';
  return { kind: 'fall-back', trigger, counts };
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
