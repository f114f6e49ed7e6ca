import fc from 'fast-check';
import type { PoolOptions, Strategy } from '../../src/index.js';
import type { Manner } from '../../src/testing/index.js';
import { GATES, type Gate, type Product } from './world.js';

/** What needs no more than to know on which of several things it is done. */
export const VERBS = [
  'release',
  'release-async',
  'stale',
  'destroy',
  'fail',
  'detach',
  'touch',
  'watch',
  'died',
  'abort',
  'pause',
  'resume',
  'start',
  'add',
] as const;
export type Verb = (typeof VERBS)[number];

/** One step of a random program. Numbers choose among what is there, so that every program can be run. */
export type Step =
  | {
      readonly do: 'acquire';
      readonly timeoutMs: number;
      readonly priority: number;
      readonly wish: 'any' | 'exclusive' | 'even' | 'broken';
      readonly signal: number;
    }
  | { readonly do: 'try'; readonly wish: 'any' | 'exclusive' | 'even' }
  | { readonly do: 'use'; readonly holdMs: number; readonly ends: 'well' | 'badly' }
  | { readonly do: 'use-sync'; readonly ends: 'well' | 'badly' }
  | { readonly do: 'verb'; readonly verb: Verb; readonly which: number }
  | { readonly do: 'resize'; readonly max: number; readonly min: number; readonly maxIdle: number }
  | { readonly do: 'clear'; readonly waiters: 'kept' | 'rejected' }
  | { readonly do: 'retain'; readonly kept: number }
  | { readonly do: 'drain'; readonly timeoutMs: number }
  | { readonly do: 'ready'; readonly idle: number; readonly timeoutMs: number }
  | { readonly do: 'close'; readonly how: 'patiently' | 'by force' }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'gate'; readonly hook: number; readonly gate: Gate };

/** A pool and what is done to it. */
export interface Program {
  readonly options: PoolOptions<Product>;
  readonly manner: Manner;
  readonly ear: 'nobody' | 'listens' | 'throws' | 'meddles';
  readonly steps: readonly Step[];
}

const index = fc.nat({ max: 7 });
const ofWord = <W extends string>(...words: W[]): fc.Arbitrary<W> => fc.constantFrom(...words);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      timeoutMs: fc.constantFrom(5, 30, 80, 300),
      priority: fc.nat({ max: 3 }),
      wish: ofWord('any', 'any', 'any', 'exclusive', 'even', 'broken'),
      signal: fc.nat({ max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('try' as const),
      wish: ofWord('any', 'any', 'exclusive', 'even'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('use' as const),
      holdMs: fc.constantFrom(0, 5, 50),
      ends: ofWord('well', 'badly'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('use-sync' as const), ends: ofWord('well', 'badly') }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('verb' as const),
      verb: ofWord(...VERBS, 'release', 'release', 'release', 'died', 'abort', 'resume'),
      which: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resize' as const),
      max: fc.integer({ min: 1, max: 4 }),
      min: fc.nat({ max: 2 }),
      maxIdle: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clear' as const),
      waiters: ofWord('kept', 'kept', 'rejected'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('retain' as const), kept: fc.nat({ max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('ready' as const),
      idle: fc.nat({ max: 3 }),
      timeoutMs: fc.constantFrom(0, 20, 200),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('drain' as const), timeoutMs: fc.constantFrom(0, 20) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      how: ofWord('patiently', 'by force'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 5, 12, 25, 60, 150, 400),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      ms: fc.constantFrom(-300, -40, 40, 300),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('gate' as const),
      hook: fc.nat({ max: 3 }),
      gate: fc.constantFrom(...GATES, 'ok' as const),
    }),
  },
);

const strategies: readonly Strategy<Product>[] = [
  'lifo',
  'fifo',
  'round-robin',
  'least-used',
  'healthiest',
  'random',
  (idle) => idle.length - 1,
  (idle) => (idle.length > 1 ? 1 : 0),
];

/** Programs over pools with as many leases on a resource as `concurrency` may be. */
export function programs(concurrency: fc.Arbitrary<number>): fc.Arbitrary<Program> {
  return fc.record({
    manner: ofWord('at-once', 'in-a-promise'),
    ear: ofWord('nobody', 'nobody', 'listens', 'throws', 'meddles'),
    steps: fc.array(step, { minLength: 1, maxLength: 24 }),
    options: fc
      .record({
        max: fc.integer({ min: 1, max: 3 }),
        min: fc.constantFrom(0, 0, 0, 1, 2),
        minIdle: fc.constantFrom(0, 0, 0, 1),
        maxIdle: fc.constantFrom(9, 9, 9, 1, 0),
        maxCreating: fc.integer({ min: 1, max: 3 }),
        concurrency,
        strategy: fc.constantFrom(...strategies),
        autostart: fc.constantFrom(true, true, true, false),
        maxQueue: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 2),
        priorities: fc.integer({ min: 1, max: 3 }),
        agingMs: fc.constantFrom(0, 20),
        testOnCreate: fc.boolean(),
        testOnBorrow: fc.boolean(),
        testOnReturn: fc.boolean(),
        testWhileIdle: fc.constantFrom(false, false, true),
        validateAfterIdleMs: fc.constantFrom(0, 30),
        keepAliveMs: fc.constantFrom(80, 160),
        idleTimeoutMs: fc.constantFrom(0, 0, 40),
        hardIdleTimeoutMs: fc.constantFrom(0, 0, 0, 100),
        maxLifetimeMs: fc.constantFrom(0, 0, 0, 150),
        maxUses: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1, 3),
        minHealth: fc.constantFrom(0, 0, 60),
        leakThresholdMs: fc.constantFrom(0, 0, 0, 30),
        reclaimAfterMs: fc.constantFrom(0, 0, 0, 70),
        stats: ofWord('counters', 'sampled', 'exact'),
        createRetry: fc.constantFrom(
          { maxAttempts: 2, initialMs: 5, maxMs: 20 },
          { maxAttempts: 3, initialMs: 1, maxMs: 4, jitter: 1 },
          false as const,
        ),
      })
      // Only what belongs together; what does not is refused, and options.test.ts shows it.
      .map(({ min, minIdle, maxIdle, ...rest }) => {
        const least = { min: Math.min(min, rest.max), minIdle: Math.min(minIdle, rest.max) };
        return { ...rest, ...least, maxIdle: Math.max(maxIdle, least.min, least.minIdle) };
      }),
  });
}
