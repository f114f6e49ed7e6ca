import { describe, expect, it, test } from 'vitest';
import type { Pool, PoolEventName, PoolFactory } from '../src/index.js';
import { POOL_EVENT_NAMES, PoolError } from '../src/index.js';
import {
  auditStats,
  EventRecorder,
  eventSinkSuite,
  GATES,
  GateError,
  Gates,
  ManualClock,
  type PoolableSubject,
  poolableSuite,
  type SinkRecord,
  type SuiteRunner,
  settle,
  Workshop,
} from '../src/testing/index.js';

/** Hands a suite to vitest. */
const vitest: SuiteRunner = {
  test: (title, body) => test(title, body),
  skip: (title, reason) => test.skip(`${title} (${reason})`),
};

/** Only collects, to look at what a suite would run. */
function collecting(): SuiteRunner & {
  readonly run: Map<string, () => Promise<void>>;
  readonly skipped: Map<string, string>;
} {
  const run = new Map<string, () => Promise<void>>();
  const skipped = new Map<string, string>();
  return {
    run,
    skipped,
    test: (title, body) => run.set(title, body),
    skip: (title, reason) => skipped.set(title, reason),
  };
}

/** A model poolable: a connection that can break, be used up, and hang up. */
class Line {
  open = true;
  broken = false;
  scribbles = 0;
  hangUp: () => void = () => {};

  say(): void {
    if (!this.open || this.broken) throw new Error('this line is dead');
  }
}

const lines: PoolFactory<Line> = {
  create: async ({ died, signal }) => {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, 1);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new Error('dialling was stopped'));
      });
    });
    const line = new Line();
    line.hangUp = () => {
      line.broken = true;
      died(new Error('the other side hung up'));
    };
    return line;
  },
  validate: (line) => !line.broken,
  reset: (line) => {
    line.scribbles = 0;
  },
  destroy: (line) => {
    line.open = false;
  },
};

const lineSubject: PoolableSubject<Line> = {
  name: 'a line',
  factory: () => lines,
  exercise: (line) => line.say(),
  capabilities: {
    validates: true,
    resets: true,
    ends: true,
    announcesDeath: true,
    abortsCreation: true,
    shared: true,
  },
  spoil: (line) => {
    line.broken = true;
  },
  soil: (line) => {
    line.scribbles++;
  },
  isClean: (line) => line.scribbles === 0,
  isEnded: (line) => !line.open,
  kill: (line) => line.hangUp(),
};

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

  /** Each of these poolables breaks one promise; the suite has to notice, with the test that is about it. */
  const liars: Record<string, { readonly subject: PoolableSubject<Line>; readonly fails: string }> =
    {
      'never finds anything wrong': {
        subject: { ...lineSubject, factory: () => ({ ...lines, validate: () => true }) },
        fails: 'is found out by its check once it is spoilt, and replaced',
      },
      'finds itself wrong': {
        subject: { ...lineSubject, factory: () => ({ ...lines, validate: () => false }) },
        fails: 'passes its own check after it was used',
      },
      'leaves its dirt': {
        subject: { ...lineSubject, factory: () => ({ ...lines, reset: () => {} }) },
        fails: 'is clean for the next borrower',
      },
      'is never ended': {
        subject: { ...lineSubject, factory: () => ({ ...lines, destroy: () => {} }) },
        fails: 'is not ended while it is lent, and is when the pool closes',
      },
      'dies in silence': {
        subject: {
          ...lineSubject,
          kill: (line) => {
            line.broken = true;
            line.hangUp = () => {};
          },
        },
        fails: 'tells its borrower when it dies on loan, and is not lent again',
      },
      'is one and the same': {
        subject: { ...lineSubject, factory: () => ({ ...lines, create: () => onlyLine }) },
        fails: 'is made anew on each creation',
      },
      'cannot be used': {
        subject: {
          ...lineSubject,
          exercise: () => {
            throw new Error('dead from the start');
          },
        },
        fails: 'can be used as soon as it is lent',
      },
      'dials on after it was told to stop': {
        subject: {
          ...lineSubject,
          factory: () => ({ ...lines, create: () => settle().then(() => new Line()) }),
        },
        fails: 'stops being made when the pool is closed by force',
      },
    };
  const onlyLine = new Line();

  for (const [what, { subject, fails }] of Object.entries(liars)) {
    it(`finds out a poolable that ${what}`, async () => {
      const runner = collecting();
      const limited = {
        ...subject,
        options: { acquireTimeoutMs: 200, createRetry: false as const },
      };
      poolableSuite(runner, limited);
      const body = runner.run.get(`a line ${fails}`);
      expect(body).toBeDefined();
      const outcome = await Promise.race([
        body?.().then(
          () => 'passes',
          () => 'fails',
        ),
        // A death that is never announced can only be seen by waiting for it.
        new Promise((resolve) => setTimeout(() => resolve('waits'), 500)),
      ]);
      expect(outcome).not.toBe('passes');
    });
  }
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

  const broken: Record<string, (pool: Pool<object>) => ReturnType<typeof listen>> = {
    'gets every event it takes exactly once and in order': (pool) =>
      listen(pool, ['create', 'create', 'acquire']),
    'gets nothing more once it is closed, and leaves no listener behind': (pool) => ({
      ...listen(pool, ['create', 'acquire']),
      close: () => {},
    }),
    'changes nothing in the pool it observes': (pool) => {
      pool.on('create', () => {
        throw new Error('a sink that throws');
      });
      return listen(pool, ['create', 'acquire']);
    },
  };

  for (const [title, connect] of Object.entries(broken)) {
    it(`finds out a sink of which it is not true that it ${title}`, async () => {
      const runner = collecting();
      eventSinkSuite(runner, {
        name: 'a broken sink',
        connect,
        capabilities: { events: ['create', 'acquire'] },
      });
      await expect(runner.run.get(`a broken sink ${title}`)?.()).rejects.toThrow();
    });
  }
});

describe('the manual clock', () => {
  it('rings in the order of the due times, with promise callbacks in between', async () => {
    const clock = new ManualClock(0);
    const order: string[] = [];
    clock.setTimeout(() => order.push('third'), 20);
    clock.setTimeout(() => {
      order.push('first');
      void Promise.resolve().then(() => order.push('and its promise'));
    }, 10);
    clock.setTimeout(() => order.push('second'), 10);
    clock.clearTimeout(clock.setTimeout(() => order.push('never'), 5));
    expect([clock.pending, clock.nextAt]).toEqual([3, 10]);
    await clock.advance(19);
    expect(order).toEqual(['first', 'and its promise', 'second']);
    await clock.advance(1);
    expect(order.at(-1)).toBe('third');
    expect([clock.now(), clock.pending, clock.nextAt]).toEqual([20, 0, undefined]);
  });

  it('shows the due time while it rings, and goes on where it was told to', async () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    clock.setTimeout(() => {
      seen.push(clock.now());
      clock.setTimeout(() => seen.push(clock.now()), 5);
    }, 10);
    await clock.advance(100);
    expect([...seen, clock.now()]).toEqual([10, 15, 100]);
  });

  it('passes on what a timer throws, and refuses to go back', async () => {
    const clock = new ManualClock();
    clock.setTimeout(() => {
      throw new Error('a broken timer');
    }, 1);
    await expect(clock.advance(5)).rejects.toThrow('a broken timer');
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
  });
});

describe('gates', () => {
  it('answer, fail, come late or never, at once or in a promise', async () => {
    const clock = new ManualClock();
    for (const manner of ['at-once', 'in-a-promise'] as const) {
      const gates = new Gates(['work'], { clock, slowMs: 10, lateMs: 100, manner });
      const outcomes: string[] = [];
      for (const gate of GATES) {
        gates.set('work', gate);
        const start = clock.now();
        void (async () => gates.pass('work', () => 'answer'))().then(
          (answer) => outcomes.push(`${gate}: ${answer} after ${clock.now() - start}`),
          (error: unknown) => outcomes.push(`${gate}: ${error instanceof GateError}`),
        );
      }
      await clock.advance(1_000);
      expect(outcomes.sort()).toEqual([
        'fails: true',
        'late: answer after 100',
        'ok: answer after 0',
        'slow: answer after 10',
      ]);
      expect(gates.calls.work).toBe(5);
    }
  });

  it('print themselves, and heal', () => {
    const gates = new Gates(['create', 'destroy']);
    gates.set('create', 'late');
    expect(String(gates)).toBe('create=late destroy=ok');
    gates.heal();
    expect(gates.gateOf('create')).toBe('ok');
  });
});

describe('the workshop', () => {
  it('notices what a pool must never do', async () => {
    const workshop = new Workshop();
    const context = { info: {} as never, signal: new AbortController().signal };
    const product = await workshop.create({ id: 1, attempt: 1, died: () => {}, ...context });
    await workshop.destroy(product, { ...context, reason: 'idle' });
    await workshop.destroy(product, { ...context, reason: 'close' });
    await workshop.reset(product, context);
    expect(workshop.faults).toEqual([
      'product 1 was ended twice: idle, then close',
      'reset was called with product 1, which is not alive',
    ]);
    const detached = await workshop.create({ id: 2, attempt: 1, died: () => {}, ...context });
    workshop.tookOut(detached);
    await workshop.destroy(detached, { ...context, reason: 'close' });
    expect(workshop.faults.at(-1)).toBe('product 2 was ended (close) after it was detached');
  });
});

describe('the audit', () => {
  it('finds every number that does not agree with the others', async () => {
    const { createPool } = await import('../src/index.js');
    const pool = createPool<object>(() => ({}));
    (await pool.acquire()).release();
    const stats = pool.stats();
    expect(auditStats(stats)).toEqual([]);
    const spoilt = [
      { size: 2 },
      { idle: -1 },
      { borrowed: 0.5 },
      { waiting: 1 },
      { health: 101 },
      { utilization: -1 },
      { leases: -1 },
      { counters: { ...stats.counters, acquired: 7 } },
      { counters: { ...stats.counters, created: 7 } },
      { destroyedBy: { ...stats.destroyedBy, idle: 1 } },
    ];
    for (const change of spoilt) {
      expect(auditStats({ ...stats, ...change }), JSON.stringify(change)).not.toEqual([]);
    }
    await pool.close();
  });
});

describe('the recorder', () => {
  it('writes down what it is told to, until it stops', async () => {
    const workshop = new Workshop({ manner: 'at-once' });
    const { createPool } = await import('../src/index.js');
    const pool = createPool(workshop);
    const recorder = new EventRecorder(pool, ['create', 'release']);
    await pool.use(() => undefined);
    expect(recorder.names).toEqual(['create', 'release']);
    expect(recorder.of('create')[0]?.resource.serial).toBe(1);
    recorder.clear();
    recorder.stop();
    recorder.stop();
    await pool.use(() => undefined);
    expect(recorder.entries).toEqual([]);
    await pool.close();
    await expect(pool.acquire()).rejects.toSatisfy((error) => PoolError.is(error));
  });
});
