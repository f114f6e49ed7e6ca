import { describe, expect, it, vi } from 'vitest';
import { type CreateContext, type DestroyContext, Pool } from '../../src/index.js';
import { type PoolableSubject, poolableSuite, settle } from '../../src/testing/index.js';
import { collecting, failuresOf } from './collecting.js';
import { Exchange, exchangeSubject, type Line } from './exchange.js';

/** What became of the lines that one check made. */
function story({ lines, peak, resets, checks, ends }: Exchange): string {
  const spoken = lines.reduce((total, line) => total + line.spoken, 0);
  return [
    `${lines.length} made, ${peak} at once`,
    `used ${spoken}`,
    `reset ${resets}`,
    `checked ${checks.join(' ') || 'never'}`,
    `ended ${[...ends].sort().join(' ') || 'never'}`,
  ].join('; ');
}

/** What each check of the suite does with a sound poolable, whatever options that one was given. */
const STORIES = {
  'can be used as soon as it is lent':
    '1 made, 1 at once; used 1; reset 1; checked never; ended close',
  'is made anew on each creation':
    '2 made, 2 at once; used 0; reset 2; checked never; ended close close',
  'can be used again by the next borrower':
    '1 made, 1 at once; used 5; reset 5; checked never; ended close',
  'serves many borrowers in turn':
    '3 made, 3 at once; used 20; reset 20; checked never; ended close close close',
  'is replaced when its borrower destroys it':
    '2 made, 1 at once; used 1; reset 1; checked never; ended borrower close',
  'does not outlive a pool that closes while it is being made':
    '1 made, 1 at once; used 0; reset 0; checked never; ended close',
  'is not ended while it is lent, and is when the pool closes':
    '1 made, 1 at once; used 0; reset 1; checked never; ended close',
  'is ended when its borrower destroys it':
    '1 made, 1 at once; used 0; reset 0; checked never; ended borrower',
  'stops being made when the pool is closed by force':
    '0 made, 1 at once; used 0; reset 0; checked never; ended never',
  'passes its own check when it is new':
    '1 made, 1 at once; used 1; reset 1; checked create; ended close',
  'passes its own check after it was used':
    '1 made, 1 at once; used 1; reset 1; checked return; ended close',
  'is found out by its check once it is spoilt, and replaced':
    '2 made, 1 at once; used 1; reset 2; checked return return; ended close invalid',
  'is clean for the next borrower':
    '1 made, 1 at once; used 1; reset 2; checked never; ended close',
  'is replaced when it dies while idle':
    '2 made, 1 at once; used 1; reset 2; checked never; ended close died',
  'tells its borrower when it dies on loan, and is not lent again':
    '3 made, 2 at once; used 0; reset 2; checked never; ended close close died',
  'serves several borrowers at once':
    '1 made, 1 at once; used 3; reset 1; checked never; ended close',
};

type Title = keyof typeof STORIES;
/** What is told by each check that fails. */
type Failures = { readonly [title in Title]?: string };

/** What the suite tells of a subject, without its name before each title. */
async function verdictOn<T>(subject: PoolableSubject<T>): Promise<Record<string, string>> {
  const told = await failuresOf((runner) => poolableSuite(runner, subject));
  const prefix = `${subject.name} `;
  return Object.fromEntries(
    Object.entries(told).map(([title, message]) => [title.replace(prefix, ''), message]),
  );
}

/** An exchange of which some hooks are replaced; `change` gets the sound ones. */
function changed(change: (sound: Exchange) => Partial<Exchange>): PoolableSubject<Line> {
  return exchangeSubject(() => Object.assign(new Exchange(), change(new Exchange())));
}

/** An exchange that ends no line of which `spares` is true. */
function sparing(spares: (context: DestroyContext) => boolean): PoolableSubject<Line> {
  return changed((sound) => ({
    destroy: async (line, context) => {
      if (!spares(context)) await sound.destroy(line, context);
    },
  }));
}

/** An exchange that makes no more lines once one has ended for `reason`. */
function unableToReplace(reason: string): PoolableSubject<Line> {
  return changed((sound) => ({
    create: async (context) => {
      if (sound.ends.includes(reason)) throw new Error('there are no more lines');
      return sound.create(context);
    },
    destroy: (line, context) => sound.destroy(line, context),
  }));
}

/** The context of a creation that hears nothing of its signal. */
function deafened({ id, attempt, died }: CreateContext): CreateContext {
  return { id, attempt, died, signal: new AbortController().signal };
}

/** The context of a creation whose resource announces its death with `died`. */
function dyingBy(
  { id, attempt, signal }: CreateContext,
  died: CreateContext['died'],
): CreateContext {
  return { id, attempt, signal, died };
}

const sound = exchangeSubject();

const BROKEN: Record<string, { subject: PoolableSubject<Line>; fails: Failures }> = {
  'is dead from the start': {
    subject: {
      ...sound,
      exercise: async () => {
        throw new Error('dead from the start');
      },
    },
    fails: {
      'can be used as soon as it is lent': 'dead from the start',
      'can be used again by the next borrower': 'dead from the start',
      'serves many borrowers in turn': 'dead from the start',
      'is replaced when its borrower destroys it': 'dead from the start',
      'passes its own check when it is new': 'dead from the start',
      'passes its own check after it was used': 'dead from the start',
      'is found out by its check once it is spoilt, and replaced': 'dead from the start',
      'is clean for the next borrower': 'dead from the start',
      'is replaced when it dies while idle': 'dead from the start',
      'serves several borrowers at once': 'dead from the start',
    },
  },
  'is worn out by its first borrower': {
    subject: {
      ...sound,
      exercise: async (line) => {
        if (line.spoken > 0) throw new Error('worn out');
        await line.speak();
      },
    },
    fails: {
      'can be used again by the next borrower': 'worn out',
      'serves many borrowers in turn': 'worn out',
    },
  },
  'cannot be cleaned, and says nothing of cleaning': {
    subject: {
      ...changed(() => ({ reset: () => Promise.reject(new Error('it stays dirty')) })),
      capabilities: { ends: true },
    },
    fails: { 'can be used again by the next borrower': 'its reset failed' },
  },
  'cannot be cleaned, and is lost with each loan': {
    subject: changed(() => ({ reset: () => Promise.reject(new Error('it stays dirty')) })),
    fails: {
      'can be used again by the next borrower': 'its reset failed',
      'passes its own check after it was used': 'it did not come back',
      'is found out by its check once it is spoilt, and replaced':
        'the check let a spoilt resource pass',
      'is clean for the next borrower': 'its reset failed',
      'is replaced when it dies while idle': 'it did not come back',
    },
  },
  'is disturbed by the others': {
    subject: { ...sound, exercise: oneLineAtATime() },
    fails: { 'serves many borrowers in turn': 'another line is in use' },
  },
  'cannot be replaced after its borrower destroyed it': {
    subject: unableToReplace('borrower'),
    fails: { 'is replaced when its borrower destroys it': 'there are no more lines' },
  },
  'is not ended when it was never lent': {
    subject: sparing(({ info }) => info.uses === 0),
    fails: {
      'does not outlive a pool that closes while it is being made':
        'not ended although the pool closed',
    },
  },
  'is said to have ended while it was lent': {
    subject: { ...sound, isEnded: () => true },
    fails: {
      'is not ended while it is lent, and is when the pool closes': 'ended while it was lent',
    },
  },
  'is not ended with its pool': {
    subject: sparing(({ reason }) => reason === 'close'),
    fails: {
      'does not outlive a pool that closes while it is being made':
        'not ended although the pool closed',
      'is not ended while it is lent, and is when the pool closes':
        'not ended although the pool closed',
    },
  },
  'fails to end, but for its state': {
    subject: changed((exchange) => ({
      destroy: async (line, context) => {
        await exchange.destroy(line, context);
        throw new Error('an afterthought');
      },
    })),
    fails: { 'is not ended while it is lent, and is when the pool closes': 'its end failed' },
  },
  'is not ended for its borrower': {
    subject: sparing(({ reason }) => reason === 'borrower'),
    fails: {
      'is ended when its borrower destroys it': 'not ended although its borrower destroyed it',
    },
  },
  'is made on after its signal has aborted': {
    subject: changed((exchange) => ({
      create: (context) => exchange.create(deafened(context)),
    })),
    fails: {
      'stops being made when the pool is closed by force':
        'creation went on although its signal had aborted',
    },
  },
  'is found unfit when it is new': {
    subject: {
      ...changed(() => {
        let checks = 0;
        return { validate: async (line) => ++checks > 1 && !line.broken };
      }),
      capabilities: { validates: true },
      options: { createRetry: { initialMs: 1 } },
    },
    fails: {
      'passes its own check when it is new': 'the check found a new resource unfit',
      'passes its own check after it was used': 'the check found a used resource unfit',
    },
  },
  'is found unfit when it was used': {
    subject: changed(() => ({ validate: async (line) => line.spoken === 0 && !line.broken })),
    fails: {
      'passes its own check after it was used': 'the check found a used resource unfit',
    },
  },
  'is never found unfit': {
    subject: changed(() => ({ validate: async () => true })),
    fails: {
      'is found out by its check once it is spoilt, and replaced':
        'the check let a spoilt resource pass',
    },
  },
  'cannot be replaced after its check failed': {
    subject: unableToReplace('invalid'),
    fails: {
      'is found out by its check once it is spoilt, and replaced': 'there are no more lines',
    },
  },
  'leaves its dirt': {
    subject: changed(() => ({ reset: async () => {} })),
    fails: { 'is clean for the next borrower': 'lent with what was left in it' },
  },
  'fails to be cleaned when it is dirty': {
    subject: changed(() => ({
      reset: async (line) => {
        if (line.scribbled) throw new Error('it stays dirty');
      },
    })),
    fails: { 'is clean for the next borrower': 'its reset failed' },
  },
  'breaks while it is cleaned': {
    subject: changed(() => ({
      reset: async (line) => {
        line.broken ||= line.scribbled;
        line.scribbled = false;
      },
    })),
    fails: { 'is clean for the next borrower': 'this line is dead' },
  },
  'cannot be replaced after its death': {
    subject: unableToReplace('died'),
    fails: {
      'is replaced when it dies while idle': 'there are no more lines',
      'tells its borrower when it dies on loan, and is not lent again': 'there are no more lines',
    },
  },
  'announces the death of the line that was made last': {
    subject: changed((exchange) => {
      let latest: CreateContext['died'] = () => {};
      return {
        create: (context) => {
          latest = context.died;
          return exchange.create(dyingBy(context, (error) => latest(error)));
        },
      };
    }),
    fails: {
      'tells its borrower when it dies on loan, and is not lent again':
        'lease.signal did not abort',
    },
  },
  'announces the death of every line': {
    subject: changed((exchange) => {
      const all: CreateContext['died'][] = [];
      return {
        create: (context) => {
          all.push(context.died);
          return exchange.create(
            dyingBy(context, (error) => {
              for (const died of all) died(error);
            }),
          );
        },
      };
    }),
    fails: {
      'tells its borrower when it dies on loan, and is not lent again':
        'the borrower of another was told',
    },
  },
  'rises from the dead': {
    subject: changed((exchange) => {
      const dead: Line[] = [];
      return {
        create: async (context) => {
          const risen = dead.pop();
          return risen === undefined
            ? exchange.create(context)
            : Object.assign(risen, { open: true, broken: false });
        },
        destroy: async (line, context) => {
          await exchange.destroy(line, context);
          if (context.reason === 'died') dead.push(line);
        },
      };
    }),
    fails: {
      'tells its borrower when it dies on loan, and is not lent again':
        'a dead resource was lent again',
    },
  },
  'serves only one at a time': {
    subject: { ...sound, exercise: oneVoiceAtATime() },
    fails: { 'serves several borrowers at once': 'the line is engaged' },
  },
};

function oneLineAtATime(): PoolableSubject<Line>['exercise'] {
  const busy = new Set<Line>();
  return async (line) => {
    busy.add(line);
    try {
      if (busy.size > 1) throw new Error('another line is in use');
      await line.speak();
    } finally {
      busy.delete(line);
    }
  };
}

function oneVoiceAtATime(): PoolableSubject<Line>['exercise'] {
  const busy = new Set<Line>();
  return async (line) => {
    if (busy.has(line)) throw new Error('the line is engaged');
    busy.add(line);
    try {
      await line.speak();
    } finally {
      busy.delete(line);
    }
  };
}

describe('the checks of the suite for poolables', () => {
  // Above and below what the checks need: they say themselves how large their pools are.
  it.each([1, 9])('make, use and end what they need, also with a max of %i', async (max) => {
    const stories: Record<string, unknown> = {};
    const made: Exchange[] = [];
    const subject = exchangeSubject(undefined, made);
    const runner = collecting();
    poolableSuite(runner, { ...subject, options: { ...subject.options, max } });
    for (const [title, body] of runner.run) {
      await body();
      stories[title.replace('a line ', '')] = made.splice(0).map(story).join(' and ');
    }
    expect(stories).toEqual(STORIES);
  });

  it.each(Object.entries(BROKEN))('find out a poolable that %s', async (_, { subject, fails }) => {
    const verdict = await verdictOn(subject);
    expect(Object.keys(verdict)).toEqual(Object.keys(fails));
    for (const [title, message] of Object.entries(fails)) expect(verdict[title]).toContain(message);
  });

  it('find nothing wrong with a factory that has no hooks', async () => {
    const subject = {
      name: 'it',
      factory: () => ({ create: () => ({}) }),
      exercise: () => {},
      capabilities: {},
    };
    expect(await verdictOn(subject)).toEqual({});
  });

  it('find out a factory that gives the same value twice', async () => {
    const subject = { name: 'a ticket', exercise: () => {}, capabilities: {} };
    expect(
      await verdictOn({ ...subject, factory: () => ({ create: () => 'the only one' }) }),
    ).toEqual({ 'is made anew on each creation': 'two creations gave the same resource' });
    const only = {};
    const verdict = await verdictOn({
      ...subject,
      factory: () => ({ create: () => only }),
      options: { createRetry: false },
    });
    expect(verdict['is made anew on each creation']).toMatch(
      /a ticket: create returned an object that the pool holds already/,
    );
  });

  it('tell a poolable that cannot be made from a pool that closes', async () => {
    const verdict = await verdictOn(
      changed(() => ({
        create: () => {
          throw new Error('no dialling tone');
        },
      })),
    );
    expect(Object.keys(verdict)).toEqual(Object.keys(STORIES));
    expect(verdict['does not outlive a pool that closes while it is being made']).toMatch(
      /^rejected with CreationFailedError: .*no dialling tone/,
    );
  });

  it('find out a creation that cannot be stopped because it is over at once', async () => {
    const { 'stops being made when the pool is closed by force': told } = await verdictOn({
      name: 'it',
      factory: () => ({ create: () => ({}) }),
      exercise: () => {},
      capabilities: { abortsCreation: true },
    });
    expect(told).toBe('Missing expected rejection.');
  });

  it('look at the books of the pool', async () => {
    const { stats } = Pool.prototype;
    const falsified = vi.spyOn(Pool.prototype, 'stats').mockImplementation(function (
      this: Pool<unknown>,
    ) {
      return { ...stats.call(this), health: 101 };
    });
    try {
      const verdict = await verdictOn(sound);
      const told = Object.entries(verdict).filter(([, why]) => why.includes('health is 101'));
      const byForce = 'stops being made when the pool is closed by force';
      expect(told.map(([title]) => title)).toEqual(
        Object.keys(STORIES).filter((title) => title !== byForce),
      );
    } finally {
      falsified.mockRestore();
    }
  });

  it('end what came too late, with the hook of its own factory', async () => {
    const made: Exchange[] = [];
    class Deaf extends Exchange {
      override create(context: CreateContext): Promise<Line> {
        return super.create(deafened(context));
      }
    }
    const runner = collecting();
    poolableSuite(
      runner,
      exchangeSubject(() => new Deaf(), made),
    );
    await expect(
      runner.run.get('a line stops being made when the pool is closed by force')?.(),
    ).rejects.toThrow('creation went on');
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(made.map(({ ends }) => ends)).toEqual([['abandoned']]);
  });

  it('take away what a check that fails still holds', async () => {
    const made: Exchange[] = [];
    const runner = collecting();
    poolableSuite(runner, {
      ...exchangeSubject(undefined, made),
      exercise: () => Promise.reject(new Error('dead from the start')),
      options: { closeTimeoutMs: 0 },
    });
    await expect(
      runner.run.get('a line passes its own check after it was used')?.(),
    ).rejects.toThrow('dead from the start');
    expect(made.map(({ ends }) => ends)).toEqual([['abandoned']]);
  });

  it.each([
    'is replaced when it dies while idle',
    'tells its borrower when it dies on loan, and is not lent again',
  ])('wait for the death to be announced: %s', async (title) => {
    const killed: Line[] = [];
    const runner = collecting();
    poolableSuite(runner, { ...exchangeSubject(), kill: (line) => void killed.push(line) });
    let over = false;
    const check = runner.run
      .get(`a line ${title}`)?.()
      .then(() => {
        over = true;
      });
    for (let turn = 0; turn < 20; turn++) await settle();
    expect([killed.length, over]).toEqual([1, false]);
    killed[0]?.hangUp();
    await check;
    expect(over).toBe(true);
  });
});
