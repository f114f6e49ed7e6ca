import { describe, expect, it, test } from 'vitest';
import type { Pool, PoolEventName } from '../src/index.js';
import { POOL_EVENT_NAMES } from '../src/index.js';
import {
  eventSinkSuite,
  poolableSuite,
  type SinkRecord,
  type SuiteRunner,
  settle,
} from '../src/testing/index.js';
import { collecting } from './testing/collecting.js';
import { exchangeSubject } from './testing/exchange.js';

/** Hands a suite to vitest. */
const vitest: SuiteRunner = {
  test: (title, body) => test(title, body),
  skip: (title, reason) => test.skip(`${title} (${reason})`),
};

const lineSubject = exchangeSubject();

describe('the suite for poolables', () => {
  poolableSuite(vitest, lineSubject);

  it('runs every test for a poolable that can do everything', () => {
    const runner = collecting();
    poolableSuite(runner, lineSubject);
    expect(runner.skipped.size).toBe(0);
    expect(runner.run.size).toBeGreaterThanOrEqual(16);
  });

  it('skips what a poolable does not declare, and says so', () => {
    const runner = collecting();
    poolableSuite(runner, {
      name: 'a plain object',
      factory: () => ({ create: () => ({}) }),
      exercise: () => undefined,
      capabilities: {},
    });
    expect([...new Set(runner.skipped.values())].sort()).toEqual([
      "does not declare 'abortsCreation'",
      "does not declare 'announcesDeath'",
      "does not declare 'ends'",
      "does not declare 'resets'",
      "does not declare 'shared'",
      "does not declare 'validates'",
    ]);
    expect(runner.run.size).toBeGreaterThanOrEqual(6);
  });

  it('lets a test be left out only by its name and with a reason', () => {
    const title = 'serves several borrowers at once';
    const runner = collecting();
    poolableSuite(runner, { ...lineSubject, skip: [{ reason: 'one voice only', tests: [title] }] });
    expect(runner.skipped.get(`a line ${title}`)).toBe('one voice only');
    const skip = (reason: string, name: string) => () =>
      poolableSuite(collecting(), { ...lineSubject, skip: [{ reason, tests: [name] }] });
    expect(skip(' ', title)).toThrow('a skip must give its reason');
    expect(skip('why not', 'works')).toThrow("there is no test 'works' to skip");
  });

  it('refuses a capability that nothing can show', () => {
    const { spoil, ...rest } = lineSubject;
    expect(spoil).toBeDefined();
    expect(() => poolableSuite(collecting(), rest)).toThrow(
      "a line declares 'validates' but brings no spoil()",
    );
  });
});

/** A model sink: keeps the names of what it hears. */
function listen(pool: Pool<object>, events: readonly PoolEventName[]) {
  const received: SinkRecord[] = [];
  const stops = events.map((name) => pool.on(name, () => received.push({ name, pool: pool.name })));
  return {
    received: () => received,
    close: () => {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

describe('the suite for event sinks', () => {
  eventSinkSuite(vitest, {
    name: 'a list of names',
    connect: (pool) => listen(pool, POOL_EVENT_NAMES),
    capabilities: { events: POOL_EVENT_NAMES, namesPool: true },
  });

  eventSinkSuite(vitest, {
    name: 'a list that delivers later',
    connect: (pool) => {
      const { received, close } = listen(pool, ['create', 'destroy']);
      const delivered: SinkRecord[] = [];
      const flush = async (): Promise<void> => {
        await settle();
        delivered.push(...received().splice(0));
      };
      return { received: () => delivered, flush, close };
    },
    capabilities: { events: ['create', 'destroy'] },
  });
});
