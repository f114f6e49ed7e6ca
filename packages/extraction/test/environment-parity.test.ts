import { PoolOptionsError } from '@rockpool/core';
import { readWasmEnvironment, WasmOptionsError } from '@rockpool/wasm-adapter';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Configuration, configure, type SettingName, VARIABLES } from '../src/index.js';

type Environment = Readonly<Record<string, string>>;
type Pool = ReturnType<typeof readWasmEnvironment>['pool'];

/** What the WASM adapter makes of each setting that both read. */
const READ_BY_BOTH: Readonly<
  Partial<Record<SettingName, (pool: Pool, aotCache: 'on' | 'off') => unknown>>
> = {
  'wasm.maxPoolSize': ({ max }) => max,
  'wasm.initialPoolSize': ({ min }) => min,
  'wasm.idleTimeoutMs': ({ idleTimeoutMs }) => idleTimeoutMs,
  'wasm.healthCheckIntervalMs': ({ keepAliveMs }) => keepAliveMs,
  'wasm.memoryLimitBytes': ({ memory }) => memory && memory.maxPages * 65_536,
  'wasm.coldStartTargetMs': ({ coldStartTargetMs }) => coldStartTargetMs,
  'wasm.enableReuse': ({ isolation }) => isolation && isolation === 'snapshot',
  'wasm.enableAotCache': (_pool, aotCache) => aotCache === 'on',
  enableMetrics: ({ stats }) => stats !== 'counters',
  extractionTimeoutMs: ({ deadline }) => deadline?.ms,
};

/** Variables that the adapter reads as well. */
const shared = VARIABLES.filter(({ name }) => /^(RIPTIDE_)?WASM_/.test(name));
const names = shared.map(({ name }) => name);

/** What is wrong, as lines, from either reader. */
function complaints(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof PoolOptionsError) {
      return error.problems.map(({ path, message }) => `${path} ${message}`).sort();
    }
    if (error instanceof WasmOptionsError) return [...error.problems].sort();
    throw error;
  }
}

/** The settings in force that come from the environment, and what the adapter has in their place. */
function meanings(configuration: Configuration, environment: Environment): [unknown, unknown][] {
  const { pool, aotCache } = readWasmEnvironment(environment);
  return configuration.inForce
    .filter(({ source, name }) => source === 'environment' && READ_BY_BOTH[name] !== undefined)
    .map(({ name, value, from }) => {
      const asBytes = name === 'wasm.memoryLimitBytes' ? Number(value) : value;
      return [`${from}: ${asBytes}`, `${from}: ${READ_BY_BOTH[name]?.(pool, aotCache)}`];
    });
}

describe('the two readers of one environment', () => {
  it('share sixteen names, and each of them is read by both', () => {
    expect(names).toHaveLength(16);
    for (const name of names) {
      const environment = { [name]: 'plenty' };
      expect(complaints(() => readWasmEnvironment(environment))).toHaveLength(1);
      expect(complaints(() => configure({ env: environment }))).toHaveLength(1);
    }
  });

  it('differ in no variable that the adapter reads and extraction does not', () => {
    const others = VARIABLES.filter(({ name }) => !names.includes(name));
    for (const { name } of others) {
      expect(complaints(() => readWasmEnvironment({ [name]: 'plenty' }))).toEqual([]);
    }
  });

  const texts = fc.oneof(
    fc.constantFrom('true', 'FALSE', 'yes', 'No', 'on', 'off', '1', '0', ' 7 ', '+3', '-1', '1.5'),
    fc.constantFrom('', ' ', '1e3', '0x10', 'NaN', 'plenty', '10000', '10001', '3000000000'),
    fc.nat(5_000).map(String),
    fc.double({ min: 0, max: 100, noNaN: true }).map(String),
  );

  it('refuse the same texts with the same words, take the same, and let the same name win', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), texts, { maxKeys: 4 }),
        (environment) => {
          const said = complaints(() => readWasmEnvironment(environment));
          expect(said).toEqual(complaints(() => configure({ env: environment })));
          if (said.length > 0) return;
          accepted += 1;
          for (const [ours, theirs] of meanings(configure({ env: environment }), environment)) {
            expect(theirs).toBe(ours);
          }
        },
      ),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('let the same name win for every two that mean one setting', () => {
    const pairs = shared.flatMap((one) =>
      shared
        .filter(({ setting, name }) => setting === one.setting && name !== one.name)
        .map((other) => [one.name, other.name]),
    );
    expect(pairs.length).toBeGreaterThan(8);
    for (const [one, other] of pairs as [string, string][]) {
      const environment = { [one]: '70', [other]: '90' };
      const compared = meanings(configure({ env: environment }), environment);
      expect(compared).toHaveLength(1);
      expect(compared[0]?.[1]).toBe(compared[0]?.[0]);
    }
  });
});
