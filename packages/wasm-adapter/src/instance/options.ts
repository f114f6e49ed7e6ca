import { systemClock } from '@rockpool/core';
import { z } from 'zod';
import { WasmOptionsError } from '../errors.js';
import { mostPages, pageBytes } from '../guest/memory.js';
import { parseOptions } from '../options.js';
import type { Isolation } from '../program/isolation.js';
import type { GuestApi } from '../program/options.js';
import type { WearLimits } from './wear.js';

/** How a guest that runs too long is stopped; see `docs/wasm.md`, "Deadlines". */
export type DeadlineMechanism = 'auto' | 'fuel-clock' | 'epoch' | 'vm';

export interface DeadlineOptions {
  /** Milliseconds that a call may run. The clock starts when the guest runs, not while a lease is waited for. */
  readonly ms: number;
  /**
   * `fuel-clock` looks at the clock from inside metered code; `epoch` has another thread set a word that the code of a
   * program with `metering: 'epoch'` reads; `vm` lets Node interrupt the thread, at 15 to 45 µs per call; `auto` takes
   * what the program was loaded for. Default `auto`.
   */
  readonly mechanism?: DeadlineMechanism;
  /**
   * With workers: milliseconds after which a worker that does not answer is ended, counted from the start of the call.
   * Default: twice `ms`, at least 1,000 more.
   */
  readonly hardKillAfterMs?: number;
}

export interface MemoryOptions {
  /** The most pages of 64 KiB that each memory of an instance may have. Default: what the module declares. */
  readonly maxPages?: number;
  /** The same in bytes, rounded down to pages. */
  readonly limitBytes?: number;
  /**
   * `keep` hides pages that a call added from the next one; `retire` throws such an instance away, for guests that rely
   * on traps beyond the end of their memory. Default `keep`.
   */
  readonly growth?: 'keep' | 'retire';
}

/** Options of one instance; a pool gives the same ones to all of its instances. */
export interface WasmInstanceOptions<Api extends GuestApi = GuestApi> {
  /** Default: what `program.isolationReport()` recommends. */
  readonly isolation?: Isolation;
  /**
   * `os-tracked` asks Linux which pages are dirty, through node:ffi or the optional package koffi, and falls back to
   * `portable` where that does not work. Default `portable`.
   */
  readonly backend?: 'portable' | 'os-tracked';
  /** `paranoid` compares all memory after every restore, for tests. Default `trusting`. */
  readonly check?: 'trusting' | 'paranoid';
  /** The longest a call may run. Default: none. */
  readonly deadline?: DeadlineOptions;
  /** Units of fuel a call may use: one for a loop iteration or a call of a function that is not small. Deterministic. Default: none. */
  readonly fuel?: number;
  readonly memory?: MemoryOptions;
  /** After so many calls or failures an instance is replaced when its loan ends. Default: never, it is as good as new. */
  readonly retireAfter?: WearLimits;
  /** Milliseconds that initialisation may take in the guest. Default 30,000. */
  readonly startDeadlineMs?: number;
  /** Called once before the snapshot is taken: a typical call makes later ones faster. */
  readonly warmUp?: (api: Api) => void | Promise<void>;
  /** Called after every restore: a guest that keeps a random seed in memory would else repeat itself. */
  readonly reseed?: (api: Api) => void;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: () => number;
}

/** Options with every default filled in. */
export interface ResolvedInstanceOptions<Api extends GuestApi = GuestApi> {
  readonly isolation: Isolation | undefined;
  readonly backend: 'portable' | 'os-tracked';
  readonly check: 'trusting' | 'paranoid';
  readonly deadlineMs: number | undefined;
  readonly mechanism: DeadlineMechanism;
  readonly hardKillAfterMs: number | undefined;
  readonly fuel: number | undefined;
  readonly limitPages: number;
  readonly limited: 'limited' | 'unlimited';
  readonly growth: 'keep' | 'retire';
  readonly retireAfter: WearLimits | undefined;
  readonly startDeadlineMs: number;
  readonly warmUp: ((api: Api) => void | Promise<void>) | undefined;
  readonly reseed: ((api: Api) => void) | undefined;
  readonly now: () => number;
}

/** @throws WasmOptionsError naming every problem. */
export function parseInstanceOptions<Api extends GuestApi>(
  what: string,
  value: unknown,
): ResolvedInstanceOptions<Api> {
  const { deadline, memory = {}, ...options } = parseOptions(what, schema, value);
  const { maxPages, limitBytes } = memory;
  if (maxPages !== undefined && limitBytes !== undefined) {
    throw new WasmOptionsError(what, ['give `memory.maxPages` or `memory.limitBytes`, not both']);
  }
  const asked =
    maxPages ?? (limitBytes === undefined ? undefined : Math.floor(limitBytes / pageBytes));
  const hardKill =
    deadline === undefined ? undefined : Math.max(deadline.ms * 2, deadline.ms + 1_000);
  return {
    isolation: options.isolation,
    backend: options.backend,
    check: options.check,
    deadlineMs: deadline?.ms,
    mechanism: deadline?.mechanism ?? 'auto',
    hardKillAfterMs: deadline?.hardKillAfterMs ?? hardKill,
    fuel: options.fuel,
    limitPages: asked ?? mostPages,
    limited: asked === undefined ? 'unlimited' : 'limited',
    growth: memory.growth ?? 'keep',
    retireAfter: options.retireAfter as WearLimits | undefined,
    startDeadlineMs: options.startDeadlineMs,
    warmUp: options.warmUp as ((api: Api) => void | Promise<void>) | undefined,
    reseed: options.reseed as ((api: Api) => void) | undefined,
    now: options.now ?? (() => systemClock.now()),
  };
}

/** The names of the options of an instance, to tell them from those of the pool. */
export const instanceOptionNames = (): readonly string[] => Object.keys(schema.shape);

const callable = <T>(): z.ZodCustom<T, T> =>
  z.custom<T>((value) => typeof value === 'function', 'must be a function');

const schema = z.strictObject({
  isolation: z.enum(['snapshot', 'fresh', 'stateful']).optional(),
  backend: z.enum(['portable', 'os-tracked']).default('portable'),
  check: z.enum(['trusting', 'paranoid']).default('trusting'),
  deadline: z
    .strictObject({
      ms: z.number().positive(),
      mechanism: z.enum(['auto', 'fuel-clock', 'epoch', 'vm']).optional(),
      hardKillAfterMs: z.number().positive().optional(),
    })
    .optional(),
  fuel: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
  memory: z
    .strictObject({
      maxPages: z.number().int().min(0).max(mostPages).optional(),
      limitBytes: z
        .number()
        .int()
        .min(0)
        .max(mostPages * pageBytes)
        .optional(),
      growth: z.enum(['keep', 'retire']).optional(),
    })
    .optional(),
  retireAfter: z
    .strictObject({
      calls: z.number().int().positive().optional(),
      failures: z.number().int().positive().optional(),
      growthFailures: z.number().int().positive().optional(),
    })
    .optional(),
  startDeadlineMs: z.number().positive().default(30_000),
  warmUp: callable<(api: never) => void | Promise<void>>().optional(),
  reseed: callable<(api: never) => void>().optional(),
  now: callable<() => number>().optional(),
});
