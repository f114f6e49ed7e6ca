import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asFactory } from '../../src/contract/factory.js';
import { parseOptions, suggestion, unknownKeys } from '../../src/contract/parse.js';
import { OPTION_NAMES, resolveOptions } from '../../src/contract/schema.js';
import { PoolOptionsError } from '../../src/index.js';
import { systemClock } from '../../src/time/clock.js';

const INFINITE = Number.POSITIVE_INFINITY;

describe('the options of a pool', () => {
  it('have these defaults', () => {
    expect(resolveOptions(undefined)).toEqual({
      name: 'pool',
      min: 0,
      max: 10,
      minIdle: 0,
      maxIdle: 10,
      maxCreating: 4,
      autoscale: undefined,
      concurrency: 1,
      strategy: 'lifo',
      autostart: true,
      maxQueue: INFINITE,
      priorities: 1,
      agingMs: 1_000,
      acquireTimeoutMs: 30_000,
      createTimeoutMs: 30_000,
      createRetry: {
        maxAttempts: 3,
        initialMs: 100,
        maxMs: 5_000,
        factor: 2,
        jitter: 0.5,
        onGiveUp: 'reject-waiters',
      },
      testOnCreate: false,
      testOnBorrow: false,
      testOnReturn: false,
      testWhileIdle: false,
      validateAfterIdleMs: 500,
      validateTimeoutMs: 5_000,
      resetTimeoutMs: 5_000,
      keepAliveMs: 30_000,
      idleTimeoutMs: 30_000,
      hardIdleTimeoutMs: 0,
      maxLifetimeMs: 0,
      jitter: 0.25,
      maxUses: INFINITE,
      destroyTimeoutMs: 5_000,
      closeTimeoutMs: 30_000,
      leakThresholdMs: 0,
      reclaimAfterMs: 0,
      captureStacks: 0,
      trackCollectedLeases: 0,
      memoryLimitBytes: INFINITE,
      poolMemoryLimitBytes: INFINITE,
      minHealth: 0,
      stats: 'sampled',
      keepProcessAlive: false,
      clock: systemClock,
    });
    expect([...OPTION_NAMES].sort()).toEqual(
      Object.keys(resolveOptions({ autoscale: { min: 1, max: 2 } })).sort(),
    );
  });

  it('depend on each other where nothing is said', () => {
    expect(resolveOptions({ max: 2 })).toMatchObject({ maxIdle: 2, maxCreating: 2 });
    expect(resolveOptions({ max: 9, maxIdle: 20, maxCreating: 7 })).toMatchObject({
      maxIdle: 9,
      maxCreating: 7,
    });
    expect(resolveOptions({ createRetry: false }).createRetry).toEqual({
      maxAttempts: 1,
      initialMs: 100,
      maxMs: 5_000,
      factor: 2,
      jitter: 0.5,
      onGiveUp: 'reject-waiters',
    });
    expect(resolveOptions({ captureStacks: true, trackCollectedLeases: 0.5 })).toMatchObject({
      captureStacks: 1,
      trackCollectedLeases: 0.5,
    });
    expect(resolveOptions({ autoscale: { min: 2, max: 3 } })).toMatchObject({
      min: 2,
      max: 2,
      maxIdle: 2,
      maxCreating: 3,
      autoscale: {
        min: 2,
        max: 3,
        targetUtilization: 0.8,
        maxWaitMs: 100,
        scaleUpAfterMs: 1_000,
        scaleDownAfterMs: 60_000,
      },
    });
  });

  it.each([
    [{ autoscale: { min: 3, max: 2 } }, 'autoscale: min is 3, more than max (2)'],
    [{ autoscale: { min: 1 } }, 'autoscale.max: '],
    [{ autoscale: { min: 1, max: 2, targetUtilization: 0 } }, 'autoscale.targetUtilization: '],
    [{ autoscale: { min: 1, max: 2, scaleUpAfterMs: -1 } }, 'autoscale.scaleUpAfterMs: '],
    [
      { createRetry: { onGiveUp: 'shrug' } },
      'createRetry.onGiveUp: must be reject-waiters or keep-waiters',
    ],
    [{ createRetry: { initialMs: -1 } }, 'createRetry.initialMs: '],
    [{ createRetry: { maxMs: -1 } }, 'createRetry.maxMs: '],
    [{ createRetry: { factor: 0.5 } }, 'createRetry.factor: '],
    [{ createRetry: { jitter: 1.5 } }, 'createRetry.jitter: must be a number from 0 to 1'],
    [{ captureStacks: 2 }, 'captureStacks: must be a number from 0 to 1'],
    [{ captureStacks: 'all' }, 'captureStacks: must be true, false, or a share from 0 to 1'],
    [{ validateAfterIdleMs: -1 }, 'validateAfterIdleMs: '],
    [{ priorities: 10_001 }, 'priorities: '],
    [{ minHealth: -1 }, 'minHealth: '],
    [{ memoryLimitBytes: 0 }, 'memoryLimitBytes: must be a whole number of at least 1'],
    [
      { memoryLimitBytes: '1 MB' },
      'must be a whole number of at least 1, or Infinity for no limit',
    ],
    [{ min: 0.5 }, 'min: must be a whole number of at least 0'],
    [{ clock: null }, 'clock: must be a clock: an object with now(), setTimeout(fn, ms) and'],
    [{ clock: { now: 1, setTimeout: 2, clearTimeout: 3 } }, 'clock: must be a clock'],
  ])('are refused with their path: %j', (options, message) => {
    expect(() => resolveOptions(options as never)).toThrow(PoolOptionsError);
    expect(() => resolveOptions(options as never)).toThrow(message);
    expect(() => resolveOptions(options as never)).toThrow('createPool options: ');
  });
});

describe('a word that is not known', () => {
  it('is taken for the nearest one, up to a third of its letters, whatever their case', () => {
    const known = ['max', 'maxIdle', 'maxQueue', 'idleTimeoutMs'];
    expect(suggestion('MAXIDLE', known)).toBe('maxIdle');
    expect(suggestion('maxIde', known)).toBe('maxIdle');
    expect(suggestion('ma', known)).toBe('max');
    expect(suggestion('xyz', known)).toBeUndefined();
    expect(suggestion('m', ['max'])).toBe('max');
    expect(suggestion('q', ['max'])).toBeUndefined();
    expect(suggestion('idleTimeoutMillis', known)).toBe('idleTimeoutMs');
    // Of two as near the first.
    expect(suggestion('cat', ['bat', 'rat'])).toBe('bat');
    expect(suggestion('anything', [])).toBeUndefined();
  });

  it('is told with that, or with all that are known', () => {
    expect(unknownKeys({ max: 1, maxx: 2, other: 3 }, ['max', 'min'])).toEqual([
      { path: 'maxx', message: 'is not an option; did you mean max?' },
      { path: 'other', message: 'is not an option; known are max, min' },
    ]);
  });

  it('deep inside is told with its path, and with what is known there', () => {
    const schema = z.strictObject({ deep: z.strictObject({ size: z.number() }) });
    expect(() => parseOptions(schema, { deep: { size: 1, siz: 2, deep: 3 } }, 'options')).toThrow(
      'options: deep.siz: is not an option; did you mean size?; deep.deep: is not an option; known are size',
    );
    expect(() => parseOptions(schema, { deep: { size: 'x' } }, 'options')).toThrow('deep.size: ');
    expect(() => parseOptions(z.number(), 'x', 'a number')).toThrow('a number: ');
    expect(parseOptions(schema, { deep: { size: 1 } }, 'options')).toEqual({ deep: { size: 1 } });
  });

  it('in one of several forms is told for the form that was meant', () => {
    const limits = z.strictObject({ least: z.number('must be a number'), most: z.number() });
    const ends = z.strictObject({ ends: z.strictObject({ first: z.number() }).readonly() });
    const schema = z.strictObject({
      range: z
        .union([z.literal(false).transform(() => 0), limits, ends], 'must be a range')
        .prefault(false),
      other: z.strictObject({ size: z.number() }).nullable().default(null).optional(),
    });
    const told = (input: unknown): string => {
      try {
        return JSON.stringify(parseOptions(schema, input, 'options'));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(told({})).toBe('{"range":0,"other":null}');
    expect(told({ range: { least: 'x', most: 2 } })).toBe('options: range.least: must be a number');
    expect(told({ range: { least: 1, most: 2, mots: 3 } })).toBe(
      'options: range.mots: is not an option; did you mean most?',
    );
    expect(told({ range: { ends: { frist: 1, first: 1 } } })).toContain(
      'range.ends.frist: is not an option; did you mean first?',
    );
    expect(told({ range: 'wide' })).toBe('options: range: must be a range');
    expect(told({ other: { sizes: 1, size: 1 } })).toBe(
      'options: other.sizes: is not an option; did you mean size?',
    );
  });
});

describe('a factory', () => {
  it('is what was given, or a function that makes', () => {
    const create = (): object => ({});
    expect(asFactory(create)).toEqual({ create });
    const factory = { create, destroy: () => {} };
    expect(asFactory(factory)).toBe(factory);
  });

  it.each([null, undefined, {}, { create: 5 }])('cannot be %j', (factory) => {
    expect(() => asFactory(factory as never)).toThrow(
      'createPool factory: create: must be a function that makes a resource',
    );
  });

  it('has functions for hooks, all of them', () => {
    const hooks = { validate: 1, reset: 'x', destroy: null, memoryBytes: {} };
    expect(() => asFactory({ create: () => ({}), ...hooks } as never)).toThrow(
      'createPool factory: validate: must be a function, or left out; reset: must be a function, or left out; destroy: must be a function, or left out; memoryBytes: must be a function, or left out',
    );
  });
});
