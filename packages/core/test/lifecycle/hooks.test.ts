import { describe, expect, it, vi } from 'vitest';
import { createPool, type HookContext, PoolTimeoutError } from '../../src/index.js';
import { EventRecorder, ManualClock, settle } from '../../src/testing/index.js';
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
    const contexts: { validate?: HookContext; reset?: HookContext; destroy?: HookContext } = {};
    const { pool, clock } = toolPool(
      {
        validate: (_, context) => {
          contexts.validate = context;
          expect(context.signal.aborted).toBe(false);
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

describe('attempts to create', () => {
  const failing = (fails: number, retry: object = {}) => {
    const clock = new ManualClock();
    const at: number[] = [];
    const begun = clock.now();
    const pool = createPool<object>(
      () => {
        at.push(clock.now() - begun);
        if (at.length <= fails) throw new Error(`attempt ${at.length}`);
        return {};
      },
      {
        clock,
        max: 3,
        acquireTimeoutMs: 0,
        idleTimeoutMs: 0,
        createRetry: { maxAttempts: 2, initialMs: 100, factor: 2, jitter: 0, ...retry },
      },
    );
    return { clock, pool, at };
  };

  it('of another creation wait too, twice as long after each that was given up, and begin anew after a success', async () => {
    const { clock, pool, at } = failing(4, { maxAttempts: 1 });
    const refusals = [];
    for (let call = 0; call < 4; call++) {
      const refused = pool.acquire().catch((error: Error) => error);
      await clock.advance(1_000);
      refusals.push(await refused);
    }
    expect(refusals).toMatchObject(
      [1, 2, 3, 4].map((n) => ({ cause: { message: `attempt ${n}` } })),
    );
    const lease = pool.acquire();
    await clock.advance(1_000);
    (await lease).release();
    // The waits after the first, second, third and fourth: 100, 200, 400, 800; each call came a second after the last.
    expect(at).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
    await pool.close();
  });

  it('are held back as long as the last wait says', async () => {
    const { clock, pool, at } = failing(2, { maxAttempts: 1, initialMs: 400 });
    await expect(pool.acquire()).rejects.toThrow();
    const second = expect(pool.acquire()).rejects.toThrow();
    await clock.advance(399);
    expect(at).toEqual([0]);
    await clock.advance(1);
    await second;
    const third = pool.acquire();
    const fourth = pool.acquire();
    await clock.advance(799);
    expect(at).toEqual([0, 400]);
    await clock.advance(1);
    expect(at).toEqual([0, 400, 1_200, 1_200]);
    for (const lease of [await third, await fourth]) lease.release();
    await pool.close();
  });

  it('are told one by one with the wait that follows, and timed one by one', async () => {
    const clock = new ManualClock();
    let attempts = 0;
    const pool = createPool<object>(
      () => {
        clock.jump(7);
        if (++attempts === 1) throw new Error('once');
        return {};
      },
      { clock, max: 1, createRetry: { maxAttempts: 2, initialMs: 50, jitter: 0 } },
    );
    const recorder = new EventRecorder(pool, ['createError', 'create']);
    const acquired = pool.acquire();
    await clock.advance(50);
    (await acquired).release();
    expect(recorder.of('createError')).toEqual([
      { error: expect.objectContaining({ message: 'once' }), attempt: 1, retryInMs: 50 },
    ]);
    expect(recorder.of('create')).toMatchObject([{ tookMs: 7 }]);
    await pool.close();
  });

  it('are no more at once than maxCreating, those that back off included', async () => {
    const { pool, workshop, clock } = newWorld({
      max: 5,
      maxCreating: 2,
      createRetry: { maxAttempts: 9, initialMs: 100, jitter: 0 },
      acquireTimeoutMs: 0,
    });
    workshop.gates.set('create', 'fails');
    const waiting = [1, 2, 3, 4].map(() => pool.acquire());
    await settle();
    expect(workshop.gates.calls.create).toBe(2);
    expect(pool.stats().creating).toBe(2);
    workshop.gates.heal();
    await clock.advance(100);
    const leases = await Promise.all(waiting);
    expect(workshop.made).toBe(4);
    for (const lease of leases) lease.release();
    await pool.close();
  });

  it('that were put off while nobody waited are not made sooner because somebody does', async () => {
    const clock = new ManualClock();
    let attempts = 0;
    const pool = createPool<object>(
      () => {
        if (++attempts === 1) throw new Error('down');
        return {};
      },
      { clock, min: 1, max: 1, createRetry: { maxAttempts: 5, initialMs: 1_000, jitter: 0 } },
    );
    await clock.advance(300);
    expect(attempts).toBe(1);
    const acquired = pool.acquire();
    await clock.advance(699);
    expect(attempts).toBe(1);
    await clock.advance(1);
    expect(attempts).toBe(2);
    (await acquired).release();
    await pool.close();
  });

  it('that close the pool by force leave nothing behind', async () => {
    const { pool } = toolPool(
      {
        create: () => {
          void pool.close({ force: true });
          return { serial: 1 };
        },
      },
      { max: 1 },
    );
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(pool.stats()).toMatchObject({ size: 0, counters: { createdTooLate: 1, created: 0 } });
  });

  it('that bring one object twice at once are no time-outs', async () => {
    const one = { serial: 1 };
    const { pool } = toolPool({ create: () => one }, { max: 2, createRetry: false });
    const lease = await pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CREATE' });
    expect(pool.stats().counters).toMatchObject({ createErrors: 1, createTimeouts: 0 });
    lease.release();
    await pool.close();
  });

  it('that are not timed are told to have taken no time', async () => {
    for (const [stats, tookMs] of [
      ['counters', 0],
      ['exact', 3],
    ] as const) {
      const { pool, clock } = toolPool(
        {
          create: () => {
            clock.jump(3);
            return { serial: 1 };
          },
        },
        { max: 3, stats },
      );
      const recorder = new EventRecorder(pool, ['create']);
      const leases = [await pool.acquire()];
      leases[0]?.detach();
      leases.push(await pool.acquire());
      expect(recorder.of('create').at(-1)?.tookMs).toBe(tookMs);
      await pool.close({ force: true });
    }
  });

  it('are called off by a close', async () => {
    const { clock, pool, at } = failing(9, { maxAttempts: 9 });
    const refused = expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    await pool.close();
    await refused;
    await clock.advance(10_000);
    expect(at).toEqual([0]);
    expect(clock.pending).toBe(0);
  });

  it('are not made ahead for a newcomer while another one is under way', async () => {
    const { pool, workshop, clock } = newWorld({ max: 3, maxCreating: 1 });
    workshop.gates.set('create', 'slow');
    const first = pool.acquire();
    const second = pool.acquire();
    expect(pool.stats()).toMatchObject({ creating: 1, waiting: 2 });
    await clock.advance(20);
    for (const lease of [await first, await second]) lease.release();
    await pool.close();
  });
});

describe('resources that are no good at once', () => {
  it('do not count as such when they have lived for longer than the longest backoff', async () => {
    const { pool, workshop, clock } = newWorld({
      min: 1,
      max: 1,
      createRetry: { maxAttempts: 100, initialMs: 10, maxMs: 20, jitter: 0 },
    });
    await pool.ready();
    for (let time = 1; time <= 4; time++) {
      await clock.advance(21);
      for (const product of workshop.alive) product.die();
      await settle();
      expect(workshop.made).toBe(time + 1);
    }
    for (const product of workshop.alive) product.die();
    await settle();
    expect(workshop.made).toBe(6);
    for (const product of workshop.alive) product.die();
    await settle();
    expect(workshop.made).toBe(6);
    await clock.advance(10);
    expect(workshop.made).toBe(7);
    await pool.close();
  });
});
