import { describe, expect, it } from 'vitest';
import { POOL_EVENT_NAMES, type Pool, type PoolEventName } from '../../src/index.js';
import {
  eventSinkSuite,
  type SinkConnection,
  type SinkRecord,
  type SinkSubject,
  settle,
} from '../../src/testing/index.js';
import { collecting, failuresOf } from './collecting.js';

const TITLES = [
  'gets every event it takes exactly once and in order',
  'gets nothing that happened before it was connected',
  'gets nothing more once it is closed, and leaves no listener behind',
  'may be closed twice',
  'changes nothing in the pool it observes',
  'keeps two pools apart',
] as const;

type Title = (typeof TITLES)[number];
/** What is told by each check that fails. */
type Failures = { readonly [title in Title]?: string };

/** A sound sink: a record of each event it hears. */
function listen(
  pool: Pool<object>,
  events: readonly PoolEventName[] = POOL_EVENT_NAMES,
  received: SinkRecord[] = [],
  nameOf: (pool: Pool<object>) => string | undefined = ({ name }) => name,
) {
  const stops = events.map((name) =>
    pool.on(name, () => received.push({ name, pool: nameOf(pool) })),
  );
  return {
    received: () => received,
    close: (): void => {
      for (const stop of stops.splice(0)) stop();
    },
  } satisfies SinkConnection;
}

/** A sink that takes every event and names the pool, but for what is `own` to it. */
function sink(connect: SinkSubject['connect'], own: Partial<SinkSubject> = {}): SinkSubject {
  const capabilities = { events: POOL_EVENT_NAMES, namesPool: true };
  return { name: 'a sink', connect, capabilities, ...own };
}

/** A sink that takes these events alone, and does not name the pool. */
function nameless(
  events: readonly PoolEventName[],
  connect: SinkSubject['connect'] = (pool) => listen(pool, events),
): SinkSubject {
  return sink(connect, { capabilities: { events } });
}

async function verdictOn(subject: SinkSubject): Promise<Record<string, string>> {
  const told = await failuresOf((runner) => eventSinkSuite(runner, subject));
  return Object.fromEntries(
    Object.entries(told).map(([title, message]) => [title.replace('a sink ', ''), message]),
  );
}

/** One list for both of two pools; what other pools announce has a list of its own. */
function inOneList(nameOf: (pool: Pool<object>) => string | undefined): SinkSubject['connect'] {
  const shared: SinkRecord[] = [];
  return (pool) => listen(pool, POOL_EVENT_NAMES, pool.name === 'pool' ? [] : shared, nameOf);
}

const SOUND: Record<string, SinkSubject> = {
  'takes every event': sink((pool) => listen(pool)),
  'takes few events, and names no pool': nameless(['destroy', 'create']),
  'takes its time to connect': sink(async (pool) => {
    await settle();
    return listen(pool);
  }),
  'delivers later': sink((pool) => {
    const { received, close } = listen(pool);
    const delivered: SinkRecord[] = [];
    const flush = async (): Promise<void> => {
      await settle();
      delivered.push(...received().splice(0));
    };
    return { received: async () => delivered, flush, close: async () => close() };
  }),
  'takes its listeners back with off, each time it is closed': sink((pool) => {
    const received: SinkRecord[] = [];
    const ears = POOL_EVENT_NAMES.map((name) => {
      const hear = (): void => void received.push({ name, pool: pool.name });
      pool.on(name, hear);
      return { name, hear };
    });
    const close = (): void => {
      for (const { name, hear } of ears) pool.off(name, hear);
    };
    return { received: () => received, close };
  }),
  'calls what ends its listening each time it is closed': sink(
    (pool) => {
      const received: SinkRecord[] = [];
      const stop = pool.on('create', () => received.push({ name: 'create' }));
      return { received: () => received, close: stop };
    },
    { capabilities: { events: ['create'] } },
  ),
  'writes two pools into one list': sink(inOneList(({ name }) => name)),
};

const BROKEN: Record<string, { readonly subject: SinkSubject; readonly fails: Failures }> = {
  'loses events': {
    subject: nameless(['create', 'destroy'], (pool) => listen(pool, ['create'])),
    fails: { 'gets every event it takes exactly once and in order': 'strictly deep-equal' },
  },
  'takes events twice': {
    subject: nameless(['create'], (pool) => listen(pool, ['create', 'create'])),
    fails: { 'gets every event it takes exactly once and in order': 'strictly deep-equal' },
  },
  'takes events that it does not declare': {
    subject: nameless(['create'], (pool) => listen(pool, ['create', 'health'])),
    fails: { 'gets every event it takes exactly once and in order': 'strictly deep-equal' },
  },
  'mixes up the order': {
    subject: nameless(['create', 'destroy'], (pool) => {
      const { received, close } = listen(pool, ['create', 'destroy']);
      return { received: () => received().toReversed(), close };
    }),
    fails: { 'gets every event it takes exactly once and in order': 'strictly deep-equal' },
  },
  'tells of resources that were there before': {
    subject: sink((pool) =>
      listen(pool, POOL_EVENT_NAMES, pool.size > 0 ? [{ name: 'create' }] : []),
    ),
    fails: { 'gets nothing that happened before it was connected': 'strictly deep-equal' },
  },
  'tells of resources that were there before when it is flushed': {
    subject: sink((pool) => {
      const before = pool.size > 0;
      const { received, close } = listen(pool);
      const flush = async (): Promise<void> => {
        if (before) received().push({ name: 'create' });
      };
      return { received, close, flush };
    }),
    fails: { 'gets nothing that happened before it was connected': 'strictly deep-equal' },
  },
  'leaves its listeners': {
    subject: sink((pool) => ({ ...listen(pool), close: () => {} })),
    fails: {
      'gets nothing more once it is closed, and leaves no listener behind':
        'listeners are left after close',
      'may be closed twice': 'listeners are left after close',
    },
  },
  'takes back another listener of the same event': {
    subject: nameless(['create'], (pool) => {
      const { received } = listen(pool, ['create']);
      return { received, close: () => pool.off('create', () => {}) };
    }),
    fails: {
      'gets nothing more once it is closed, and leaves no listener behind':
        'listeners are left after close',
      'may be closed twice': 'listeners are left after close',
    },
  },
  'takes its listener back from another event': {
    subject: nameless(['create'], (pool) => {
      const received: SinkRecord[] = [];
      const hear = (): void => void received.push({ name: 'create' });
      pool.on('create', hear);
      return { received: () => received, close: () => pool.off('destroy', hear) };
    }),
    fails: {
      'gets nothing more once it is closed, and leaves no listener behind':
        'listeners are left after close',
      'may be closed twice': 'listeners are left after close',
    },
  },
  'writes on when it is closed': {
    subject: sink((pool) => {
      const { received, close } = listen(pool);
      return {
        received,
        close: () => {
          close();
          received().push({ name: 'state' });
        },
      };
    }),
    fails: {
      'gets nothing more once it is closed, and leaves no listener behind':
        'something arrived after close',
    },
  },
  'delivers on after it was closed': {
    subject: sink((pool) => {
      const { received, close } = listen(pool);
      let closed = false;
      const flush = async (): Promise<void> => {
        if (closed) received().push({ name: 'state' });
      };
      return {
        received,
        flush,
        close: () => {
          closed = true;
          close();
        },
      };
    }),
    fails: {
      'gets nothing more once it is closed, and leaves no listener behind':
        'something arrived after close',
    },
  },
  'cannot be closed twice': {
    subject: sink((pool) => {
      const { received, close } = listen(pool);
      let closed = false;
      return {
        received,
        close: () => {
          if (closed) throw new Error('closed already');
          closed = true;
          close();
        },
      };
    }),
    fails: { 'may be closed twice': 'closed already' },
  },
  'listens again when it is closed twice': {
    subject: sink((pool) => {
      const { received, close } = listen(pool);
      let closed = false;
      return {
        received,
        close: () => {
          if (closed) listen(pool);
          closed = true;
          close();
        },
      };
    }),
    fails: { 'may be closed twice': 'listeners are left after close' },
  },
  'throws into the pool': {
    subject: sink((pool) => {
      const { received, close } = listen(pool);
      const stop = pool.on('resize', () => {
        throw new Error('a sink that throws');
      });
      return {
        received,
        close: () => {
          close();
          stop();
        },
      };
    }),
    fails: { 'changes nothing in the pool it observes': 'the sink threw into the pool' },
  },
  'borrows from the pool': {
    subject: nameless(['resize'], async (pool) => {
      await pool.use(() => undefined);
      return listen(pool, ['resize']);
    }),
    fails: { 'changes nothing in the pool it observes': 'strictly deep-equal' },
  },
  'falsifies the figures of the pool': {
    subject: sink((pool) => {
      const stats = pool.stats();
      pool.stats = () => ({
        ...Object.getPrototypeOf(pool).stats.call(pool),
        leases: stats.leases - 1,
      });
      return listen(pool);
    }),
    fails: { 'changes nothing in the pool it observes': 'leases -1 below borrowed 0' },
  },
  'forgets the name of the pool': {
    subject: sink((pool) => listen(pool, POOL_EVENT_NAMES, [], () => undefined)),
    fails: {
      'keeps two pools apart': 'what arrived as of pool one is not what it announced',
    },
  },
  'forgets the name of the other pool': {
    subject: sink((pool) =>
      listen(pool, POOL_EVENT_NAMES, [], ({ name }) => (name === 'other' ? undefined : name)),
    ),
    fails: {
      'keeps two pools apart': 'what arrived as of pool other is not what it announced',
    },
  },
  'takes one pool for the other': {
    subject: sink(inOneList(({ name }) => (name === 'one' ? 'other' : 'one'))),
    fails: {
      'keeps two pools apart': 'what arrived as of pool one is not what it announced',
    },
  },
  'takes both pools for one': {
    subject: sink(inOneList(() => 'one')),
    fails: {
      'keeps two pools apart': 'what arrived as of pool one is not what it announced',
    },
  },
};

describe('the checks of the suite for event sinks', () => {
  it('are all run for a sink that names its pool', () => {
    const runner = collecting();
    eventSinkSuite(
      runner,
      sink((pool) => listen(pool)),
    );
    expect([...runner.run.keys()]).toEqual(TITLES.map((title) => `a sink ${title}`));
  });

  it.each([undefined, false])(
    'leave the names out when a sink declares %s for them',
    (namesPool) => {
      const runner = collecting();
      const capabilities = { events: POOL_EVENT_NAMES, namesPool };
      eventSinkSuite(
        runner,
        sink((pool) => listen(pool), { capabilities }),
      );
      expect(Object.fromEntries(runner.skipped)).toEqual({
        'a sink keeps two pools apart': "does not declare 'namesPool'",
      });
      expect(runner.run.size).toBe(TITLES.length - 1);
    },
  );

  it.each(Object.entries(SOUND))('find nothing wrong with a sink that %s', async (_, subject) => {
    expect(await verdictOn(subject)).toEqual({});
  });

  it.each(Object.entries(BROKEN))('find out a sink that %s', async (_, { subject, fails }) => {
    const verdict = await verdictOn(subject);
    expect(Object.keys(verdict)).toEqual(Object.keys(fails));
    for (const [title, message] of Object.entries(fails)) expect(verdict[title]).toContain(message);
  });

  /** What a sink heard of each pool while one check ran, and the errors that were told. */
  async function heardIn(title: Title) {
    const heard: Record<string, string> = {};
    const errors: string[] = [];
    const runner = collecting();
    const connect = (pool: Pool<object>): SinkConnection => {
      pool.on('createError', ({ error }) => errors.push(String(error)));
      pool.on('resetError', ({ error }) => errors.push(String(error)));
      const { received, close } = listen(pool);
      return {
        received,
        close: () => {
          heard[pool.name] = received()
            .map(({ name }) => name)
            .join(' ');
          close();
        },
      };
    };
    eventSinkSuite(runner, sink(connect));
    await runner.run.get(`a sink ${title}`)?.();
    return { heard, errors };
  }

  const WHOLE_LIFE = [
    // The first resource, and the second that cannot be made.
    'create acquire enqueue full createError acquireError',
    // A failure is reported, and what it cost mends again with each check.
    'health health reset health validate release',
    // Room for two more, of which one cannot be reset.
    'resize acquire enqueue create acquire create acquire',
    'reset health validate release health resetError destroy reset validate release',
    'destroy destroy state state',
  ].join(' ');

  it('let a sink hear of almost everything that a pool can announce', async () => {
    const { heard, errors } = await heardIn('gets every event it takes exactly once and in order');
    expect(heard).toEqual({ pool: WHOLE_LIFE });
    expect(errors).toEqual([
      'Error: the second creation fails',
      'HealthCheckFailedError: Health check failed: reset returned false',
    ]);
  });

  it('let two pools live unlike each other, or nobody could tell them apart', async () => {
    const { heard } = await heardIn('keeps two pools apart');
    expect(heard).toEqual({
      one: WHOLE_LIFE,
      other: 'create acquire reset validate release state destroy state',
    });
  });
});
