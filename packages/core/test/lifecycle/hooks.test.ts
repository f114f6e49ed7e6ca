import { describe, expect, it, vi } from 'vitest';
import { createPool, type HookContext, PoolTimeoutError } from '../../src/index.js';
import { EventRecorder, ManualClock } from '../../src/testing/index.js';
import { expectNoUnhandledRejection } from '../support/rejections.js';
import { type Tool, toolPool } from '../support/tools.js';
import { LIMITS, newWorld } from '../support/world.js';

expectNoUnhandledRejection();

const never = (): Promise<never> => new Promise(() => {});

describe('what a hook is told', () => {
  it('is what it is called for, and about which resource', async () => {
    const told: unknown[] = [];
    let attempts = 0;
    const clock = new ManualClock();
    const pool = createPool<Tool>(
      {
        create: ({ id, attempt, signal, died }) => {
          told.push(['create', id, attempt, signal.aborted, typeof died]);
          if (++attempts === 1) throw new Error('not yet');
          return { serial: id };
        },
        validate: (_, { phase, info }) => void told.push(['validate', phase, info.id]),
        reset: (_, { info }) => void told.push(['reset', info.id, info.uses]),
        destroy: (_, { reason, info }) => void told.push(['destroy', reason, info.id]),
      },
      {
        max: 1,
        testOnCreate: true,
        testOnReturn: true,
        clock,
        createRetry: { maxAttempts: 2, initialMs: 5, jitter: 0 },
      },
    );
    const acquired = pool.acquire();
    await clock.advance(5);
    (await acquired).release();
    await pool.close();
    expect(told).toEqual([
      ['create', 1, 1, false, 'function'],
      ['create', 1, 2, false, 'function'],
      ['validate', 'create', 1],
      ['reset', 1, 1],
      ['validate', 'return', 1],
      ['destroy', 'close', 1],
    ]);
  });

  it('is to stop when its time has passed, also when it looks later', async () => {
    let abortedAtFirst: boolean | undefined;
    const contexts: { validate?: HookContext; reset?: HookContext; destroy?: HookContext } = {};
    const { pool, clock } = toolPool(
      {
        validate: (_, context) => {
          contexts.validate = context;
          abortedAtFirst = context.signal.aborted;
          return never();
        },
        reset: (_, context) => {
          contexts.reset = context;
        },
        destroy: (_, context) => {
          contexts.destroy = context;
          return never();
        },
      },
      { max: 1, testOnReturn: true, name: 'pages', ...LIMITS },
    );
    (await pool.acquire()).release();
    await clock.advance(20);
    expect(abortedAtFirst).toBe(false);
    const reasonOf = (phase: string, limitMs: number) => ({
      aborted: true,
      reason: {
        code: 'ERR_POOL_TIMEOUT',
        phase,
        timeoutMs: limitMs,
        pool: 'pages',
        message: `pages: ${phase} did not answer within ${limitMs} ms; stop the work when context.signal aborts, or raise ${phase}TimeoutMs`,
      },
    });
    expect(contexts.validate?.signal).toMatchObject(reasonOf('validate', 20));
    expect(contexts.reset?.signal.aborted).toBe(false);
    await clock.advance(20);
    // Read for the first time now.
    expect(contexts.destroy?.signal).toMatchObject(reasonOf('destroy', 20));
    expect(contexts.destroy?.signal.reason).toBeInstanceOf(PoolTimeoutError);
    await pool.close();
  });

  it('to stop is one signal, however often it is read', async () => {
    const signals: AbortSignal[] = [];
    const { pool, clock } = toolPool(
      {
        reset: (_, context) => {
          signals.push(context.signal, context.signal);
          return never();
        },
      },
      { max: 1, resetTimeoutMs: 20 },
    );
    (await pool.acquire()).release();
    await clock.advance(20);
    expect(signals[0]).toBe(signals[1]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await pool.close();
  });

  it('is the first reason to stop, though there came another one', async () => {
    let early: AbortSignal | undefined;
    const contexts: HookContext[] = [];
    const { pool, clock } = toolPool(
      {
        destroy: (_, context) => {
          contexts.push(context);
          if (contexts.length === 1) early = context.signal;
          return never();
        },
      },
      { max: 2, destroyTimeoutMs: 50 },
    );
    for (const lease of [await pool.acquire(), await pool.acquire()]) lease.destroy();
    const closed = pool.close({ force: true });
    await clock.advance(50);
    await closed;
    const late = contexts[1]?.signal;
    for (const signal of [early, late]) {
      expect(signal).toMatchObject({ aborted: true, reason: { code: 'ERR_POOL_CLOSED' } });
    }
  });
});

describe('an answer of a hook', () => {
  it.each([
    [false, 'validate returned false'],
    [0, 'validate returned 0'],
    [2, 'validate returned 2; a health is a number from 0 to 1'],
    [-0.1, 'validate returned -0.1; a health is a number from 0 to 1'],
    [Number.NaN, 'validate returned NaN; a health is a number from 0 to 1'],
    [1, undefined],
    [0.001, undefined],
    [true, undefined],
    [undefined, undefined],
  ])('of a check is taken for what it says: %s', async (answers, problem) => {
    for (const how of ['at once', 'in a promise']) {
      const { pool } = toolPool(
        { validate: () => (how === 'at once' ? answers : Promise.resolve(answers)) as boolean },
        { max: 1, testOnReturn: true },
      );
      const recorder = new EventRecorder(pool, ['validate']);
      await (await pool.acquire()).releaseAsync();
      const [event] = recorder.of('validate');
      expect(event?.ok, how).toBe(problem === undefined);
      if (problem !== undefined) expect(String(event?.error)).toContain(problem);
      await pool.close();
    }
  });

  it('of a reset is good unless it is false', async () => {
    for (const answers of [false, Promise.resolve(false), undefined, 0, true]) {
      const { pool } = toolPool({ reset: () => answers as boolean }, { max: 1 });
      const recorder = new EventRecorder(pool, ['reset', 'resetError']);
      await (await pool.acquire()).releaseAsync();
      const failed = answers === false || answers instanceof Promise;
      expect(recorder.names).toEqual([failed ? 'resetError' : 'reset']);
      if (failed)
        expect(String(recorder.of('resetError')[0]?.error)).toContain('reset returned false');
      await pool.close();
    }
  });

  it('that is thrown is a failure in its own words, of any hook', async () => {
    const throws = (word: string) => () => {
      throw new Error(word);
    };
    const reset = toolPool({ reset: throws('reset') }, { max: 1 });
    const destroy = toolPool({ destroy: throws('destroy') }, { max: 1 });
    const events = [
      new EventRecorder(reset.pool, ['resetError']),
      new EventRecorder(destroy.pool, ['destroyError']),
    ];
    for (const { pool } of [reset, destroy]) {
      (await pool.acquire()).release();
      await pool.close();
    }
    expect(events.map(({ entries }) => entries[0]?.event)).toMatchObject([
      { error: { message: 'reset' } },
      { error: { message: 'destroy' } },
    ]);
    expect(reset.pool.stats().counters.createTimeouts).toBe(0);
  });

  it('that is thrown costs a resource what a failure costs, and not what a time-out does', async () => {
    const throws = (): never => {
      throw new Error('no');
    };
    for (const hooks of [{ reset: throws }, { validate: throws }]) {
      const { pool } = toolPool(hooks, { max: 1, testOnReturn: true });
      const recorder = new EventRecorder(pool, ['destroy']);
      (await pool.acquire()).release();
      expect(recorder.of('destroy')).toMatchObject([{ info: { health: 75 } }]);
      await pool.close();
    }
  });

  it('in time leaves its signal alone when the time has passed', async () => {
    let signal: AbortSignal | undefined;
    const { pool, clock } = toolPool(
      {
        reset: (_, context) => {
          ({ signal } = context);
          return Promise.resolve();
        },
      },
      { max: 1, resetTimeoutMs: 20 },
    );
    await (await pool.acquire()).releaseAsync();
    await clock.advance(1_000);
    expect(signal?.aborted).toBe(false);
    const closed = pool.close({ force: true });
    await closed;
    expect(signal?.aborted).toBe(false);
  });

  it('that comes after the limit is nobody’s', async () => {
    const { pool, workshop, clock } = newWorld({ max: 1, testOnReturn: true });
    workshop.gates.set('validate', 'late');
    (await pool.acquire()).release();
    await clock.advance(1_000);
    expect(pool.stats()).toMatchObject({ size: 0, counters: { validated: 1, destroyed: 1 } });
    workshop.gates.heal();
    workshop.gates.set('reset', 'late');
    (await pool.acquire()).release();
    await clock.advance(1_000);
    expect(pool.stats()).toMatchObject({ size: 0, counters: { resets: 1, resetErrors: 1 } });
    await pool.close();
  });

  it('is waited for without end where there is no limit', async () => {
    const { pool, clock } = toolPool(
      { create: never, validate: never },
      { max: 1, createTimeoutMs: 0, acquireTimeoutMs: 0 },
    );
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    await clock.advance(1e9);
    expect(pool.stats()).toMatchObject({ creating: 1, waiting: 1 });
    expect(clock.pending).toBe(0);
    await pool.close({ force: true });
    await refused;
  });
});

describe('hooks that resources bring along', () => {
  it('are found on the resources that have them, also on later ones', async () => {
    const called: string[] = [];
    let serial = 0;
    const pool = createPool<Tool>(
      () => {
        const tool: Tool = { serial: ++serial };
        if (serial === 1) return tool;
        return Object.assign(tool, {
          onAcquire: () => void called.push(`onAcquire ${tool.serial}`),
          reset: () => void called.push(`reset ${tool.serial}`),
          destroy: () => void called.push(`destroy ${tool.serial}`),
          memoryBytes: () => 10 * tool.serial,
        });
      },
      { max: 2, clock: new ManualClock() },
    );
    const one = await pool.acquire();
    const two = await pool.acquire();
    expect([one.info.memoryBytes, two.info.memoryBytes]).toEqual([0, 20]);
    one.release();
    two.release();
    await pool.close();
    expect(called).toEqual(['onAcquire 2', 'reset 2', 'destroy 2']);
    expect(pool.stats().counters.resets).toBe(2);
  });

  it('are found on functions, and looked for in vain on what is no object', async () => {
    const called: string[] = [];
    const make = Object.assign(() => 7, {
      reset: () => void called.push('reset'),
    });
    const functions = createPool<() => number>(() => make, { max: 1, clock: new ManualClock() });
    (await functions.acquire()).release();
    await functions.close();
    expect(called).toEqual(['reset']);
    for (const plain of [null, undefined, 5, 'text']) {
      const pool = createPool<unknown>(
        { create: () => plain, destroy: () => {} },
        { max: 1, testOnReturn: true, clock: new ManualClock() },
      );
      (await pool.acquire()).release();
      expect(pool.stats().counters).toMatchObject({ resets: 0, validated: 1, invalid: 0 });
      await pool.close();
    }
  });

  it('and cannot even be looked at are called all the same, and fail', async () => {
    const warned: string[] = [];
    const broken = (name: string): object =>
      Object.defineProperty({}, name, {
        get() {
          throw new Error(`${name} is broken`);
        },
      });
    const resets = createPool<object>(() => broken('reset'), { max: 1, clock: new ManualClock() });
    (await resets.acquire()).release();
    expect(resets.stats()).toMatchObject({ size: 0, counters: { resetErrors: 1 } });
    await resets.close();
    const weighs = createPool<object>(() => broken('memoryBytes'), {
      max: 1,
      clock: new ManualClock(),
    });
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    weighs.on('warn', ({ message }) => warned.push(message));
    (await weighs.acquire()).release();
    expect(warned[0]).toBe('pool: memoryBytes threw: memoryBytes is broken');
    warn.mockRestore();
    await weighs.close();
  });

  it('give way to those of the factory', async () => {
    const called: string[] = [];
    const pool = createPool<Tool>(
      {
        create: () =>
          Object.assign(
            { serial: 1 },
            {
              reset: () => void called.push('own reset'),
              validate: () => void called.push('own validate'),
              destroy: () => void called.push('own destroy'),
              memoryBytes: () => 1,
            },
          ),
        reset: () => void called.push('reset'),
        validate: () => void called.push('validate'),
        destroy: () => void called.push('destroy'),
        memoryBytes: () => 2,
      },
      { max: 1, testOnReturn: true, clock: new ManualClock() },
    );
    const lease = await pool.acquire();
    expect(lease.info.memoryBytes).toBe(2);
    lease.release();
    await pool.close();
    expect(called).toEqual(['reset', 'validate', 'destroy']);
  });
});
