import type { OptionProblem } from '@rockpool/core';
import {
  chooseFirst,
  type Environment,
  exceeding,
  type FoundVariable,
  memoryBytes,
  milliseconds,
  misspeltVariables,
  readEnvironment,
  type Variable,
  wholeNumber,
} from '@rockpool/core/config';
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
  /** What was asked for and cannot be done, and variables that look misspelt, in words. */
  readonly notices: readonly string[];
}

/**
 * Reads the `RIPTIDE_WASM_*` and `WASM_*` variables. The former win over the latter, `MAX_POOL_SIZE` over
 * `INSTANCES_PER_WORKER`, and `MEMORY_LIMIT_PAGES` over `MEMORY_LIMIT_MB`.
 *
 * @throws WasmOptionsError naming every variable with a value that cannot be used.
 */
export function readWasmEnvironment(environment: Environment = process.env): WasmEnvironment {
  const { found, problems } = readEnvironment(VARIABLES, environment);
  const all: OptionProblem[] = [...problems];
  const chosen = new Map<Setting, FoundVariable<Setting>>();
  for (const [setting, schema] of Object.entries(LIMITS) as [Setting, z.ZodType][]) {
    const choice = chooseFirst(
      found.filter((each) => each.setting === setting),
      schema,
    );
    all.push(...choice.problems);
    if (choice.winner !== undefined) chosen.set(setting, choice.winner);
  }
  const [min, max] = [chosen.get('min'), chosen.get('max')];
  const isTold = (one: FoundVariable): boolean => all.some(({ path }) => path === one.from);
  if (min !== undefined && max !== undefined && !isTold(min) && !isTold(max)) {
    all.push(...exceeding(min, max));
  }
  if (all.length > 0) {
    const lines = all.map(({ path, message }) => `${path} ${message}`);
    throw new WasmOptionsError('environment', lines);
  }
  const values = Object.fromEntries(
    [...chosen].map(([name, { value }]) => [name, value]),
  ) as Values;
  return {
    pool: poolOptions(values),
    aotCache: values.aotCache === false ? 'off' : 'on',
    notices: noticesFor(values, environment),
  };
}

/** What the variables mean; sizes are counts, memory is in bytes, times are in ms. */
interface Values {
  readonly max?: number;
  readonly min?: number;
  readonly deadlineMs?: number;
  readonly memoryBytes?: number;
  readonly reuse?: boolean;
  readonly metrics?: boolean;
  readonly simd?: boolean;
  readonly aotCache?: boolean;
  readonly coldStartTargetMs?: number;
  readonly idleTimeoutMs?: number;
  readonly checkEveryMs?: number;
}

type Setting = keyof Values;

/** Where several are set that mean one setting, the one that stands first here wins. */
const VARIABLES: readonly Variable<Setting>[] = [
  { name: 'RIPTIDE_WASM_MAX_POOL_SIZE', setting: 'max', form: 'count' },
  { name: 'RIPTIDE_WASM_INSTANCES_PER_WORKER', setting: 'max', form: 'count' },
  { name: 'RIPTIDE_WASM_INITIAL_POOL_SIZE', setting: 'min', form: 'count' },
  { name: 'RIPTIDE_WASM_TIMEOUT_SECS', setting: 'deadlineMs', form: 'seconds' },
  { name: 'RIPTIDE_WASM_MEMORY_LIMIT_PAGES', setting: 'memoryBytes', form: 'pages' },
  { name: 'RIPTIDE_WASM_MEMORY_LIMIT_MB', setting: 'memoryBytes', form: 'MiB' },
  { name: 'RIPTIDE_WASM_ENABLE_REUSE', setting: 'reuse', form: 'flag' },
  { name: 'RIPTIDE_WASM_ENABLE_METRICS', setting: 'metrics', form: 'flag' },
  { name: 'RIPTIDE_WASM_ENABLE_SIMD', setting: 'simd', form: 'flag' },
  { name: 'RIPTIDE_WASM_ENABLE_AOT_CACHE', setting: 'aotCache', form: 'flag' },
  { name: 'RIPTIDE_WASM_COLD_START_TARGET_MS', setting: 'coldStartTargetMs', form: 'ms' },
  { name: 'WASM_POOL_SIZE', setting: 'min', form: 'count' },
  { name: 'WASM_MAX_INSTANCES', setting: 'max', form: 'count' },
  { name: 'WASM_IDLE_TIMEOUT_MS', setting: 'idleTimeoutMs', form: 'ms' },
  { name: 'WASM_HEALTH_CHECK_INTERVAL_MS', setting: 'checkEveryMs', form: 'ms' },
  { name: 'WASM_MEMORY_LIMIT_MB', setting: 'memoryBytes', form: 'MiB' },
];

const LIMITS: Readonly<Record<Setting, z.ZodType>> = {
  max: wholeNumber(1, 10_000),
  min: wholeNumber(0, 10_000),
  deadlineMs: milliseconds(1),
  memoryBytes: memoryBytes(65_536, 'one page of WebAssembly memory'),
  reuse: z.boolean(),
  metrics: z.boolean(),
  simd: z.boolean(),
  aotCache: z.boolean(),
  coldStartTargetMs: milliseconds(0),
  idleTimeoutMs: milliseconds(0),
  checkEveryMs: milliseconds(1),
};

/** The `max` of a pool that is given none. */
const DEFAULT_MAX = 10;
const PAGE_BYTES = 65_536;

function poolOptions(values: Values): WasmEnvironment['pool'] {
  const { min, idleTimeoutMs, reuse, deadlineMs, coldStartTargetMs, checkEveryMs } = values;
  // A default gives way to what was set.
  const max = values.max ?? (min !== undefined && min > DEFAULT_MAX ? min : undefined);
  const maxPages =
    values.memoryBytes === undefined ? undefined : Math.floor(values.memoryBytes / PAGE_BYTES);
  return {
    ...(max === undefined ? {} : { max }),
    ...(min === undefined ? {} : { min }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(reuse === undefined ? {} : { isolation: reuse ? 'snapshot' : 'fresh' }),
    ...(deadlineMs === undefined ? {} : { deadline: { ms: deadlineMs } }),
    ...(maxPages === undefined ? {} : { memory: { maxPages } }),
    ...(coldStartTargetMs === undefined ? {} : { coldStartTargetMs }),
    ...(checkEveryMs === undefined ? {} : { testWhileIdle: true, keepAliveMs: checkEveryMs }),
    ...(values.metrics === false ? { stats: 'counters' } : {}),
  };
}

/** V8 decides some things itself; whoever asks otherwise is told once, in words. */
function noticesFor({ simd, aotCache }: Values, environment: Environment): readonly string[] {
  const names = VARIABLES.map(({ name }) => name);
  const notices = [...misspeltVariables(environment, names, ['RIPTIDE_WASM_'])];
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
