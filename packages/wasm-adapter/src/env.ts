import { z } from 'zod';
import { WasmOptionsError } from './errors.js';

/** What the environment says about a pool: parts of the options of `createWasmPool` and of its surroundings. */
export interface WasmEnvironment {
  /** Options for `createWasmPool`; only what the environment sets. */
  readonly pool: {
    readonly max?: number;
    readonly min?: number;
    readonly idleTimeoutMs?: number;
    readonly isolation?: 'snapshot' | 'fresh';
    readonly deadline?: { readonly ms: number };
    readonly memory?: { readonly maxPages: number };
    readonly coldStartTargetMs?: number;
    readonly testWhileIdle?: true;
    readonly keepAliveMs?: number;
    readonly stats?: 'counters';
  };
  /** `off`: no cache folder should be given to programs. */
  readonly aotCache: 'on' | 'off';
  /** What was asked for and cannot be done, in words. */
  readonly notices: readonly string[];
}

/**
 * Reads the `RIPTIDE_WASM_*` and `WASM_*` variables. The former win over the latter, `MAX_POOL_SIZE` over
 * `INSTANCES_PER_WORKER`, and `MEMORY_LIMIT_PAGES` over `MEMORY_LIMIT_MB`.
 *
 * @throws WasmOptionsError naming every variable with a value that cannot be used.
 */
export function readWasmEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): WasmEnvironment {
  const problems: string[] = [];
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') return undefined;
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    problems.push(`${name}="${text}" ${result.error.issues[0]?.message ?? 'cannot be used'}`);
    return undefined;
  };
  const max =
    read('RIPTIDE_WASM_MAX_POOL_SIZE', count(1)) ??
    read('RIPTIDE_WASM_INSTANCES_PER_WORKER', count(1)) ??
    read('WASM_MAX_INSTANCES', count(1));
  const min = read('RIPTIDE_WASM_INITIAL_POOL_SIZE', count(0)) ?? read('WASM_POOL_SIZE', count(0));
  const timeoutSeconds = read('RIPTIDE_WASM_TIMEOUT_SECS', amount);
  const limitPages = read('RIPTIDE_WASM_MEMORY_LIMIT_PAGES', count(1));
  const limitMegabytes =
    read('RIPTIDE_WASM_MEMORY_LIMIT_MB', count(1)) ?? read('WASM_MEMORY_LIMIT_MB', count(1));
  const reuse = read('RIPTIDE_WASM_ENABLE_REUSE', flag);
  const metrics = read('RIPTIDE_WASM_ENABLE_METRICS', flag);
  const simd = read('RIPTIDE_WASM_ENABLE_SIMD', flag);
  const aotCache = read('RIPTIDE_WASM_ENABLE_AOT_CACHE', flag);
  const coldStartTargetMs = read('RIPTIDE_WASM_COLD_START_TARGET_MS', amount);
  const idleTimeoutMs = read('WASM_IDLE_TIMEOUT_MS', amount);
  const healthCheckIntervalMs = read('WASM_HEALTH_CHECK_INTERVAL_MS', amount);
  if (max !== undefined && min !== undefined && min > max) {
    problems.push(`the initial pool size ${min} is larger than the largest pool size ${max}`);
  }
  if (problems.length > 0) throw new WasmOptionsError('environment', problems);
  const maxPages = limitPages ?? (limitMegabytes === undefined ? undefined : limitMegabytes * 16);
  return {
    pool: {
      ...(max === undefined ? {} : { max }),
      ...(min === undefined ? {} : { min }),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
      ...(reuse === undefined ? {} : { isolation: reuse ? 'snapshot' : 'fresh' }),
      ...(timeoutSeconds === undefined ? {} : { deadline: { ms: timeoutSeconds * 1_000 } }),
      ...(maxPages === undefined ? {} : { memory: { maxPages } }),
      ...(coldStartTargetMs === undefined ? {} : { coldStartTargetMs }),
      ...(healthCheckIntervalMs === undefined
        ? {}
        : { testWhileIdle: true, keepAliveMs: healthCheckIntervalMs }),
      ...(metrics === false ? { stats: 'counters' } : {}),
    },
    aotCache: aotCache === false ? 'off' : 'on',
    notices: noticesFor(simd, aotCache),
  };
}

/** V8 decides some things itself; whoever asks otherwise is told once, in words. */
function noticesFor(simd: boolean | undefined, aotCache: boolean | undefined): string[] {
  const notices: string[] = [];
  if (simd === false) {
    notices.push('RIPTIDE_WASM_ENABLE_SIMD=false has no effect: V8 always runs SIMD instructions');
  }
  if (aotCache === true) {
    notices.push(
      'RIPTIDE_WASM_ENABLE_AOT_CACHE=true caches rewritten modules and transpiled components; V8 lets nobody keep machine code of WebAssembly',
    );
  }
  return notices;
}

const numeric = z.string().regex(/^\d+(\.\d+)?$/, 'must be a number');

const count = (least: number): z.ZodType<number> =>
  numeric
    .transform(Number)
    .refine(
      (value) => Number.isInteger(value) && value >= least,
      `must be a whole number of at least ${least}`,
    );

const amount: z.ZodType<number> = numeric
  .transform(Number)
  .refine((value) => value > 0, 'must be greater than 0');

const flag: z.ZodType<boolean> = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0'], 'must be true or false'))
  .transform((value) => value === 'true' || value === '1');
