import { describe, expect, it } from 'vitest';
import { readWasmEnvironment } from '../src/index.js';

describe('the environment', () => {
  it('says nothing when nothing is set', () => {
    expect(readWasmEnvironment({})).toEqual({
      pool: {},
      aotCache: 'on',
      notices: [],
    });
  });

  it.each([
    ['RIPTIDE_WASM_INSTANCES_PER_WORKER', '8', { max: 8 }],
    ['RIPTIDE_WASM_MAX_POOL_SIZE', '16', { max: 16 }],
    ['WASM_MAX_INSTANCES', '50', { max: 50 }],
    ['RIPTIDE_WASM_INITIAL_POOL_SIZE', '2', { min: 2 }],
    ['WASM_POOL_SIZE', '10', { min: 10 }],
    ['WASM_POOL_SIZE', '20', { min: 20, max: 20 }],
    ['RIPTIDE_WASM_TIMEOUT_SECS', '30', { deadline: { ms: 30_000 } }],
    ['RIPTIDE_WASM_MEMORY_LIMIT_MB', '256', { memory: { maxPages: 4_096 } }],
    ['WASM_MEMORY_LIMIT_MB', '512', { memory: { maxPages: 8_192 } }],
    ['RIPTIDE_WASM_MEMORY_LIMIT_PAGES', '4096', { memory: { maxPages: 4_096 } }],
    ['RIPTIDE_WASM_ENABLE_REUSE', 'true', { isolation: 'snapshot' }],
    ['RIPTIDE_WASM_ENABLE_REUSE', 'FALSE', { isolation: 'fresh' }],
    ['RIPTIDE_WASM_ENABLE_REUSE', 'off', { isolation: 'fresh' }],
    ['RIPTIDE_WASM_COLD_START_TARGET_MS', '15', { coldStartTargetMs: 15 }],
    ['WASM_IDLE_TIMEOUT_MS', '60000', { idleTimeoutMs: 60_000 }],
    ['WASM_HEALTH_CHECK_INTERVAL_MS', '30000', { testWhileIdle: true, keepAliveMs: 30_000 }],
    ['RIPTIDE_WASM_ENABLE_METRICS', '0', { stats: 'counters' }],
    ['RIPTIDE_WASM_ENABLE_METRICS', '1', {}],
  ])('%s=%s becomes options of the pool', (name, value, pool) => {
    expect(readWasmEnvironment({ [name]: value }).pool).toEqual(pool);
  });

  it('reads what is not an option of the pool', () => {
    expect(
      readWasmEnvironment({
        RIPTIDE_WASM_ENABLE_AOT_CACHE: 'false',
      }),
    ).toEqual({ pool: {}, aotCache: 'off', notices: [] });
  });

  it('lets the more exact name win', () => {
    expect(
      readWasmEnvironment({
        RIPTIDE_WASM_MAX_POOL_SIZE: '3',
        RIPTIDE_WASM_INSTANCES_PER_WORKER: '8',
        WASM_MAX_INSTANCES: '50',
        RIPTIDE_WASM_MEMORY_LIMIT_PAGES: '100',
        WASM_MEMORY_LIMIT_MB: '512',
      }).pool,
    ).toEqual({ max: 3, memory: { maxPages: 100 } });
  });

  it('names every variable that cannot be used', () => {
    const bad = {
      RIPTIDE_WASM_TIMEOUT_SECS: '0',
      RIPTIDE_WASM_INITIAL_POOL_SIZE: 'two',
      RIPTIDE_WASM_ENABLE_REUSE: 'maybe',
      WASM_MEMORY_LIMIT_MB: '1.5',
    };
    for (const name of Object.keys(bad)) expect(() => readWasmEnvironment(bad)).toThrow(name);
    expect(() => readWasmEnvironment({ WASM_POOL_SIZE: '60', WASM_MAX_INSTANCES: '50' })).toThrow(
      'WASM_POOL_SIZE is 60, more than WASM_MAX_INSTANCES (50)',
    );
  });

  it('tells of variables that look misspelt', () => {
    expect(readWasmEnvironment({ RIPTIDE_WASM_MAX_POOLSIZE: '8' }).notices).toEqual([
      'RIPTIDE_WASM_MAX_POOLSIZE is not read; did you mean RIPTIDE_WASM_MAX_POOL_SIZE?',
    ]);
  });

  it('says what V8 does not let anybody choose', () => {
    const { notices } = readWasmEnvironment({
      RIPTIDE_WASM_ENABLE_SIMD: 'false',
      RIPTIDE_WASM_ENABLE_AOT_CACHE: 'true',
    });
    expect(notices.join()).toMatch(/V8 always runs SIMD.*machine code/);
  });
});
