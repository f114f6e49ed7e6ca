import { describe, expect, it } from 'vitest';
import { behaviourOf, configure, threadNumbers } from '../../src/index.js';

describe('profiles', () => {
  it('development is two threads, a short buffer and debug logs', () => {
    const { config, inForce } = configure({ argument: { profile: 'development' }, processors: 8 });
    const set = inForce.filter(({ source }) => source === 'profile' || source === 'derived');
    expect(Object.fromEntries(set.map(({ name, value }) => [name, value]))).toEqual({
      'runtime.workerThreads': 2,
      'runtime.parserThreads': 1,
      'runtime.handlerThreads': 1,
      'runtime.bufferCapacity': 1_000,
      'runtime.logLevel': 'debug',
      'runtime.logFormat': 'pretty',
    });
    expect(behaviourOf(config.runtime.optimize)).toEqual({
      latencySampling: 1,
      spans: 'every-message',
      stageTimers: 'always',
    });
  });

  it('production is sixteen threads, a long buffer and sampled latencies', () => {
    const { config, inForce } = configure({ argument: { profile: 'production' }, processors: 8 });
    const set = inForce.filter(({ source }) => source === 'profile' || source === 'derived');
    expect(Object.fromEntries(set.map(({ name, value }) => [name, value]))).toEqual({
      'runtime.workerThreads': 16,
      'runtime.parserThreads': 8,
      'runtime.handlerThreads': 8,
      'runtime.bufferCapacity': 50_000,
      'runtime.logLevel': 'info',
      'runtime.optimize': true,
    });
    expect(behaviourOf(config.runtime.optimize)).toEqual({
      latencySampling: 64,
      spans: 'while-debugging',
      stageTimers: 'while-debugging',
    });
  });

  it('gives way to whatever else is set', () => {
    const { config } = configure({
      argument: { profile: 'production', runtime: { optimize: false } },
    });
    expect(config.runtime.optimize).toBe(false);
    expect(config.runtime.bufferCapacity).toBe(50_000);
  });
});

describe('numbers of threads', () => {
  const numbers = (settings: Record<string, number>, processors = 8) => {
    const { parserThreads, handlerThreads, systemThreads, maxBlockingThreads } = threadNumbers(
      {
        'runtime.workerThreads': undefined,
        'runtime.parserThreads': undefined,
        'runtime.handlerThreads': undefined,
        'runtime.systemThreads': 0,
        'runtime.maxBlockingThreads': 8,
        ...settings,
      },
      processors,
    );
    return [parserThreads, handlerThreads, systemThreads, maxBlockingThreads];
  };

  it.each([
    ['two processors leave none to parse', {}, 2, [0, 4, 0, 8]],
    ['eight processors leave seven to parse', {}, 8, [7, 16, 0, 8]],
    ['a total is shared 1:1', { 'runtime.workerThreads': 8 }, 2, [4, 4, 0, 8]],
    ['the odd one handles', { 'runtime.workerThreads': 5 }, 2, [2, 3, 0, 8]],
    ['a total of 0 counts as 1', { 'runtime.workerThreads': 0 }, 8, [0, 1, 0, 8]],
    [
      'what is set alone leaves the rest',
      { 'runtime.workerThreads': 8, 'runtime.parserThreads': 6 },
      2,
      [6, 2, 0, 8],
    ],
    [
      'more than the total is left as it was set',
      { 'runtime.workerThreads': 2, 'runtime.handlerThreads': 9 },
      2,
      [0, 9, 0, 8],
    ],
    [
      'no handler and no blocking thread count as 1',
      { 'runtime.handlerThreads': 0, 'runtime.maxBlockingThreads': 0 },
      2,
      [0, 1, 0, 1],
    ],
    ['no parser thread means the main thread', { 'runtime.parserThreads': 0 }, 8, [0, 16, 0, 8]],
  ] as const)('%s', (_, settings, processors, expected) => {
    expect(numbers(settings, processors)).toEqual(expected);
  });
});
