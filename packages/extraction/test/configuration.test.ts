import type { OptionProblem, PoolOptionsError } from '@rockpool/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfigurationSources,
  configure,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  VARIABLES,
} from '../src/index.js';
import { deadlineOf } from '../src/wasm/deadline.js';

const problemsOf = (sources: ConfigurationSources): readonly OptionProblem[] => {
  try {
    configure(sources);
    return [];
  } catch (error) {
    return (error as PoolOptionsError).problems;
  }
};
const settingOf = (name: SettingName, sources: ConfigurationSources) =>
  configure(sources).inForce.find((each) => each.name === name);

const MIB = 1_048_576;

/** Every variable, the value it is tried with, and what its setting must then be. */
const TRIED: Record<string, readonly [text: string, value: number | boolean]> = {
  RIPTIDE_WASM_INSTANCES_PER_WORKER: ['16', 16],
  RIPTIDE_WASM_MAX_POOL_SIZE: ['12', 12],
  RIPTIDE_WASM_INITIAL_POOL_SIZE: ['4', 4],
  RIPTIDE_WASM_TIMEOUT_SECS: ['45', 45_000],
  RIPTIDE_WASM_MEMORY_LIMIT_MB: ['512', 512 * MIB],
  RIPTIDE_WASM_MEMORY_LIMIT_PAGES: ['4096', 256 * MIB],
  RIPTIDE_WASM_ENABLE_REUSE: ['false', false],
  RIPTIDE_WASM_ENABLE_METRICS: ['FALSE', false],
  RIPTIDE_WASM_ENABLE_SIMD: ['0', false],
  RIPTIDE_WASM_ENABLE_AOT_CACHE: ['no', false],
  RIPTIDE_WASM_COLD_START_TARGET_MS: ['25', 25],
  WASM_POOL_SIZE: ['6', 6],
  WASM_MAX_INSTANCES: ['50', 50],
  WASM_IDLE_TIMEOUT_MS: ['90000', 90_000],
  WASM_HEALTH_CHECK_INTERVAL_MS: ['15000', 15_000],
  NATIVE_POOL_SIZE: ['5', 5],
  NATIVE_MAX_INSTANCES: ['100', 100],
  NATIVE_IDLE_TIMEOUT_MS: ['45000', 45_000],
  WASM_MEMORY_LIMIT_MB: ['64', 64 * MIB],
  MEMORY_PRESSURE_THRESHOLD: ['0.7', 0.7],
  GC_INTERVAL_MS: ['30000', 30_000],
  CB_FAILURE_THRESHOLD: ['7', 7],
  CB_SUCCESS_THRESHOLD: ['3', 3],
  CB_TIMEOUT_MS: ['10000', 10_000],
  HEALTH_CHECK_ENABLED: ['off', false],
  HEALTH_CHECK_INTERVAL_MS: ['5000', 5_000],
  POOL_MAX_INSTANCES: ['9', 9],
  POOL_ENABLE_METRICS: ['false', false],
  POOL_TIMEOUT_MS: ['2500', 2_500],
  POOL_MEMORY_LIMIT_PAGES: ['512', 32 * MIB],
  POOL_EXTRACTION_TIMEOUT_MS: ['12000', 12_000],
  POOL_MAX_POOL_SIZE: ['11', 11],
  POOL_INITIAL_POOL_SIZE: ['3', 3],
  POOL_EPOCH_TIMEOUT_MS: ['20000', 20_000],
  POOL_HEALTH_CHECK_INTERVAL_MS: ['7000', 7_000],
  POOL_MEMORY_LIMIT_BYTES: ['134217728', 128 * MIB],
  POOL_CIRCUIT_BREAKER_TIMEOUT_MS: ['8000', 8_000],
  POOL_CIRCUIT_BREAKER_FAILURE_THRESHOLD: ['40', 40],
  POOL_ENABLE_WIT_VALIDATION: ['false', false],
};

describe('each environment variable', () => {
  it('of the seeds is read: eleven of the instance pool, fifteen of the RipTide pool, thirteen POOL_*', () => {
    const names = VARIABLES.map(({ name }) => name);
    expect([...names].sort()).toEqual(Object.keys(TRIED).sort());
    const count = (pattern: RegExp): number => names.filter((name) => pattern.test(name)).length;
    expect([count(/^RIPTIDE_/), count(/^POOL_/), names.length]).toEqual([11, 13, 39]);
  });

  it.each(VARIABLES)('$name sets $setting', ({ name, setting }) => {
    const [text, value] = TRIED[name] ?? ['', 0];
    const found = settingOf(setting, { env: { [name]: ` ${text} ` } });
    expect(found).toEqual({
      name: setting,
      value,
      source: 'environment',
      from: name,
      overridden: [],
    });
  });

  it.each(VARIABLES)('$name is refused by name when it cannot be used', ({ name }) => {
    for (const text of ['plenty', '-1', '1e3', 'NaN', '0x10']) {
      const problems = problemsOf({ env: { [name]: text } });
      expect(problems.map(({ path }) => path)).toEqual([name]);
      expect(problems[0]?.message).toMatch(/^is .*; .+/);
    }
  });

  it.each(VARIABLES)('$name is as good as not set when it is empty', ({ name, setting }) => {
    expect(settingOf(setting, { env: { [name]: '' } })?.source).toBe('default');
  });
});

describe('the configuration', () => {
  it('takes the argument before the environment, that before the file, that before the default', () => {
    const name = 'wasm.maxPoolSize';
    const file = { name: 'pool.json', content: { wasm: { maxPoolSize: 20 } } };
    const env = { WASM_MAX_INSTANCES: '30', RIPTIDE_WASM_MAX_POOL_SIZE: '31' };
    const argument = { [name]: 40 };
    const seen = [{}, { file }, { file, env }, { file, env, argument }].map((sources) => {
      const { value, source, from, overridden } = settingOf(name, sources) ?? {};
      return [value, source, from, overridden];
    });
    expect(seen).toEqual([
      [8, 'default', '', []],
      [20, 'file', 'pool.json: wasm.maxPoolSize', []],
      [
        31,
        'environment',
        'RIPTIDE_WASM_MAX_POOL_SIZE',
        ['WASM_MAX_INSTANCES', 'pool.json: wasm.maxPoolSize'],
      ],
      [
        40,
        'argument',
        name,
        ['RIPTIDE_WASM_MAX_POOL_SIZE', 'WASM_MAX_INSTANCES', 'pool.json: wasm.maxPoolSize'],
      ],
    ]);
  });

  it('tells everything that is wrong at once, also where something else wins', () => {
    const problems = problemsOf({
      argument: { maxPoolSize: 0, 'wasm.maxPolSize': 3 },
      env: {
        CB_TIMEOUT_MS: 'soon',
        MEMORY_PRESSURE_THRESHOLD: '80',
        HEALTH_CHECK_ENABLED: 'maybe',
      },
      file: { name: 'pool.toml', content: { breaker: { openMs: -5 } } },
    });
    expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'wasm.maxPolSize is not a setting; did you mean wasm.maxPoolSize?',
      'CB_TIMEOUT_MS is "soon"; expected a number of milliseconds',
      'HEALTH_CHECK_ENABLED is "maybe"; expected true or false',
      'maxPoolSize is 0; must be a whole number from 1 to 10,000',
      'MEMORY_PRESSURE_THRESHOLD is 80; must be a share from 0 to 1, such as 0.8 for 80 %',
      'pool.toml: breaker.openMs is -5; must be milliseconds: a number from 1 to 2147483647',
    ]);
  });

  it('has the defaults that the RipTide pool documents in the profile large', () => {
    const { settings } = configure({ argument: { profile: 'large' } });
    expect(settings).toMatchObject({
      'wasm.initialPoolSize': 10,
      'wasm.maxPoolSize': 50,
      'wasm.idleTimeoutMs': 60_000,
      'wasm.healthCheckIntervalMs': 30_000,
      'native.minPoolSize': 20,
      'native.maxPoolSize': 100,
      'native.idleTimeoutMs': 30_000,
      'wasm.memoryLimitBytes': 512 * MIB,
      'memory.pressureThreshold': 0.8,
      'memory.gcIntervalMs': 60_000,
      'breaker.failureThreshold': 5,
      'breaker.successThreshold': 2,
      'breaker.openMs': 30_000,
      'health.enabled': true,
      'health.intervalMs': 10_000,
    });
  });

  it('takes a profile after everything that was set, and lets it give way as a default does', () => {
    const file = { name: 'pool.json', content: { profile: 'large' } };
    const env = { WASM_MAX_INSTANCES: '5' };
    const most = settingOf('wasm.maxPoolSize', { file, env });
    expect(most).toMatchObject({ value: 5, source: 'environment', overridden: [] });
    const first = settingOf('wasm.initialPoolSize', { file, env });
    expect(first).toMatchObject({ value: 5, source: 'profile', from: 'large' });
    expect(problemsOf({ argument: { profile: 'huge' } })).toEqual([
      { path: 'profile', message: 'is "huge"; must be large' },
    ]);
  });

  it('lets a default give way to what is set', () => {
    const { settings } = configure({ env: { WASM_POOL_SIZE: '20', NATIVE_MAX_INSTANCES: '1' } });
    expect(settings['wasm.maxPoolSize']).toBe(20);
    expect(settings['native.minPoolSize']).toBe(1);
  });

  it('refuses more instances at first than there may be, and names both sides', () => {
    const env = { WASM_POOL_SIZE: '9', WASM_MAX_INSTANCES: '8' };
    const argument = { native: { minPoolSize: 5, maxPoolSize: 4 } };
    expect(problemsOf({ env, argument })).toEqual([
      { path: 'WASM_POOL_SIZE', message: 'is 9, more than WASM_MAX_INSTANCES (8)' },
      { path: 'native.minPoolSize', message: 'is 5, more than native.maxPoolSize (4)' },
    ]);
  });

  it('holds no value against another that cannot be used itself', () => {
    const env = { WASM_POOL_SIZE: '-1', WASM_MAX_INSTANCES: '1' };
    expect(problemsOf({ env }).map(({ path }) => path)).toEqual(['WASM_POOL_SIZE']);
  });

  it.each([[null], ['text'], [[1]]])('refuses %j as the content of a file', (content) => {
    expect(problemsOf({ file: { name: 'pool.json', content } })).toEqual([
      { path: 'pool.json', message: 'must be an object of settings' },
    ]);
  });

  it('accepts the production example of the seed', () => {
    const { settings } = configure({
      argument: {
        maxPoolSize: 16,
        initialPoolSize: 4,
        extractionTimeoutMs: 45_000,
        memoryLimit: 512 * MIB,
        enableFallback: true,
        circuitBreakerFailureThreshold: 40,
        circuitBreakerTimeoutMs: 120_000,
        enableEpochTimeouts: true,
        epochTimeoutMs: 60_000,
      },
    });
    expect(settings).toMatchObject({
      'wasm.maxPoolSize': 16,
      'wasm.initialPoolSize': 4,
      extractionTimeoutMs: 45_000,
      'wasm.memoryLimitBytes': 512 * MIB,
      enableFallback: true,
      'breaker.failureRatePercent': 40,
      'breaker.openMs': 120_000,
      'wasm.enableHardTimeout': true,
      'wasm.hardTimeoutMs': 60_000,
    });
  });

  it('gives the same for the short names of the RipTide pool and for its own', () => {
    const short = { poolSize: 10, maxInstances: 50, memoryLimitMb: 512, enableHealthChecks: true };
    const own = {
      wasm: { initialPoolSize: 10, maxPoolSize: 50, memoryLimitBytes: 512 * MIB },
      health: { enabled: true },
    };
    expect(configure({ argument: short }).settings).toEqual(configure({ argument: own }).settings);
  });

  it.each([
    ['by default after a minute', {}, 40_000, 60_000],
    ['never before its page may end', { epochTimeoutMs: 5_000 }, 30_000, 30_000],
    ['at the latest when a page may have ended twice', {}, 10_000, 20_000],
    ['at the time that was set', { epochTimeoutMs: 45_000 }, 30_000, 45_000],
    ['never when switched off', { enableEpochTimeouts: false }, 30_000, 2 ** 31 - 1],
  ])('stops a guest by force %s', (_when, argument, pageMs, hardKillAfterMs) => {
    const { settings } = configure({ argument });
    expect(deadlineOf(settings, pageMs)).toEqual({ ms: pageMs, hardKillAfterMs });
  });

  it('replaces instances as the seed does, when nothing else is set', () => {
    expect(configure().settings).toMatchObject({
      'wasm.maxUses': 1_000,
      'wasm.maxFailures': 5,
      'wasm.maxGrowthFailures': 10,
    });
    expect(problemsOf({ argument: { 'wasm.maxUses': 0 } })).toHaveLength(1);
  });

  it('warns of variables that look misspelt, and of a SIMD that cannot be switched off', () => {
    const { warnings } = configure({
      env: {
        RIPTIDE_WASM_INSTANCE_PER_WORKER: '8',
        RIPTIDE_WASM_ENABLE_SIMD: 'false',
        PATH: '/bin',
      },
    });
    expect(warnings).toEqual([
      'RIPTIDE_WASM_INSTANCE_PER_WORKER is not read; did you mean RIPTIDE_WASM_INSTANCES_PER_WORKER?',
      'wasm.enableSimd is false, but V8 cannot do without SIMD: it has no effect',
    ]);
  });

  it('has defaults that each setting accepts, and that agree with one another', () => {
    for (const name of SETTING_NAMES) {
      expect(SETTINGS[name].schema.safeParse(SETTINGS[name].fallback).success, name).toBe(true);
    }
    expect(configure().warnings).toEqual([]);
  });

  it('says yes or tells what is wrong, whatever stands in the environment', () => {
    const env = fc.dictionary(
      fc.constantFrom(...VARIABLES.map(({ name }) => name)),
      fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('true', '0', '1e9', '08')),
    );
    fc.assert(
      fc.property(env, (texts) => {
        const problems = problemsOf({ env: texts });
        for (const { path, message } of problems) {
          expect(path).not.toBe('');
          expect(message).not.toBe('');
        }
        if (problems.length > 0) return;
        for (const [name, value] of Object.entries(configure({ env: texts }).settings)) {
          const { schema } = SETTINGS[name as SettingName];
          expect(schema.safeParse(value).success, name).toBe(true);
        }
      }),
    );
  });
});
