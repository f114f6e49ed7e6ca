import { describe, expect, it, vi } from 'vitest';
import { type CreateContext, Pool } from '../../src/index.js';
import { type PoolableSubject, poolableSuite, settle } from '../../src/testing/index.js';
import { BROKEN, changed, deafened } from './broken-exchanges.js';
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

/** What the suite tells of a subject, without its name before each title. */
async function verdictOn<T>(subject: PoolableSubject<T>): Promise<Record<string, string>> {
  const told = await failuresOf((runner) => poolableSuite(runner, subject));
  const prefix = `${subject.name} `;
  return Object.fromEntries(
    Object.entries(told).map(([title, message]) => [title.replace(prefix, ''), message]),
  );
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
      const verdict = await verdictOn(exchangeSubject());
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
