import { PoolOptionsError } from '@rockpool/core';
import {
  type BreakerChange,
  CircuitBreaker,
  type CircuitBreakerOptions,
} from '@rockpool/core/resilience';
import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { resolveBreakerOptions } from '../../src/resilience/options.js';
import { CallWindow } from '../../src/resilience/window.js';
import { consecutive, fail, pass, succeed } from '../support/breakers.js';

const rate = (trip: object = {}, options: CircuitBreakerOptions = {}) =>
  consecutive({
    trip: { kind: 'rate', failureRate: 0.5, windowMs: 10_000, minimumCalls: 4, ...trip },
    ...options,
  });

describe('the state of a breaker', () => {
  it('while closed counts failures since the last success, and successes, and dates the last failure', () => {
    const { breaker, clock } = consecutive();
    expect(breaker.state).toEqual({
      kind: 'closed',
      failures: 0,
      successes: 0,
      lastFailureAt: undefined,
    });
    clock.jump(5);
    fail(breaker, 2);
    const lastFailureAt = clock.now();
    expect(breaker.state).toEqual({ kind: 'closed', failures: 2, successes: 0, lastFailureAt });
    clock.jump(5);
    succeed(breaker, 3);
    expect(breaker.state).toEqual({ kind: 'closed', failures: 0, successes: 3, lastFailureAt });
    pass(breaker).cancel();
    expect(breaker.state).toEqual({ kind: 'closed', failures: 0, successes: 3, lastFailureAt });
  });

  it('while open says since when, until when, for the number of times, and why', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000 });
    const error = new Error('down');
    breaker.trip(error);
    const openedAt = clock.now();
    expect(breaker.state).toEqual({
      kind: 'open',
      openedAt,
      retryAt: openedAt + 1_000,
      openings: 1,
      error,
    });
  });

  it('while half-open knows its trials', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000, trials: 2, successes: 3 });
    const error = new Error('down');
    breaker.trip(error);
    clock.jump(1_000);
    const since = clock.now();
    const first = pass(breaker);
    clock.jump(10);
    const second = pass(breaker);
    expect(breaker.state).toEqual({
      kind: 'half-open',
      since,
      lastTrialAt: since + 10,
      inFlight: 2,
      successes: 0,
      openings: 1,
      error,
    });
    expect(breaker.tryPass()).toBeUndefined();
    first.succeed();
    second.cancel();
    expect(breaker.state).toMatchObject({ inFlight: 0, successes: 1, lastTrialAt: since + 10 });
    succeed(breaker);
    expect(breaker.state).toMatchObject({ kind: 'half-open', successes: 2 });
    succeed(breaker);
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 0, successes: 0 });
  });

  it('counts from one again after it was closed', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000, openFactor: 3, successes: 1 });
    breaker.trip();
    clock.jump(1_000);
    fail(breaker);
    expect(breaker.state).toMatchObject({ openings: 2, retryAt: clock.now() + 3_000 });
    clock.jump(3_000);
    succeed(breaker);
    breaker.trip();
    expect(breaker.state).toMatchObject({ openings: 1, retryAt: clock.now() + 1_000 });
  });
});

describe('a breaker by hand', () => {
  it('is opened with a reason, which its refusals carry, and not opened again while it is', () => {
    const { breaker, changes } = consecutive();
    const error = new Error('maintenance');
    breaker.trip(error);
    breaker.trip(new Error('again'));
    expect(changes).toEqual(['closed -> open']);
    expect(breaker.trips).toBe(1);
    expect(breaker.openError()).toMatchObject({ pool: 'breaker', cause: error });
  });

  it('that is isolated has no reason to tell, stays so when it is opened, and is told once', () => {
    const { breaker, changes, clock } = consecutive();
    breaker.isolate();
    const { state } = breaker;
    clock.jump(5);
    breaker.isolate();
    breaker.trip();
    expect(breaker.state).toBe(state);
    expect(state).toEqual({ kind: 'isolated', since: clock.now() - 5 });
    expect(changes).toEqual(['closed -> isolated']);
    expect(breaker.openError().cause).toBeUndefined();
    expect(breaker.trips).toBe(0);
  });

  it('that is reset while closed forgets its failures, and tells nobody', () => {
    const { breaker, changes } = consecutive();
    fail(breaker, 4);
    breaker.reset();
    expect(breaker.state).toMatchObject({ failures: 0, lastFailureAt: undefined });
    fail(breaker, 4);
    expect(changes).toEqual([]);
  });

  it('that is reset forgets the calls of its window', () => {
    const { breaker } = rate();
    fail(breaker, 3);
    breaker.reset();
    fail(breaker, 3);
    expect(breaker.state.kind).toBe('closed');
  });

  it('takes no answer of a call from before it was isolated and reset', () => {
    const { breaker } = consecutive({ trip: { kind: 'consecutive', failures: 1 } });
    const before = pass(breaker);
    breaker.isolate();
    breaker.reset();
    before.fail();
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 0 });
  });

  it('takes no answer of a trial from before it opened again', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000, trials: 2 });
    breaker.trip();
    clock.jump(1_000);
    const early = pass(breaker);
    fail(breaker);
    clock.jump(1_000);
    pass(breaker);
    early.fail();
    expect(breaker.state).toMatchObject({ kind: 'half-open', inFlight: 1, successes: 0 });
  });

  it('counts the calls that it refused', () => {
    const { breaker, clock } = consecutive();
    breaker.trip();
    breaker.tryPass();
    breaker.tryPass();
    clock.jump(30_000);
    breaker.tryPass();
    breaker.tryPass();
    expect(breaker.refused).toBe(3);
  });
});

describe('why a breaker opened', () => {
  const reason = (breaker: CircuitBreaker): unknown => {
    const { state } = breaker;
    return state.kind === 'open' ? (state.error as Error).message : state.kind;
  };

  it('is the error of the call that opened it', () => {
    const { breaker, changes } = consecutive();
    const told: unknown[] = [];
    breaker.onChange(({ error }: BreakerChange) => told.push(error));
    fail(breaker, 5);
    expect(reason(breaker)).toBe('failure 5');
    expect(told).toMatchObject([{ message: 'failure 5' }]);
    expect(changes.length).toBe(1);
  });

  it('is put into words where a call gave no error', () => {
    const failed = rate();
    for (let call = 0; call < 4; call++) pass(failed.breaker).fail();
    expect(reason(failed.breaker)).toBe('4 of 4 calls failed');

    const slow = rate({ slowCallMs: 100, slowRate: 0.5 });
    for (let call = 0; call < 4; call++) {
      const permit = pass(slow.breaker);
      slow.clock.jump(call < 2 ? 101 : 100);
      permit.succeed();
    }
    expect(reason(slow.breaker)).toBe('2 of 4 calls took over 100 ms');

    const trial = consecutive();
    trial.breaker.trip();
    trial.clock.jump(30_000);
    pass(trial.breaker).fail();
    expect(reason(trial.breaker)).toBe('a trial failed');

    const slowTrial = rate({ slowCallMs: 100 });
    slowTrial.breaker.trip();
    slowTrial.clock.jump(30_000);
    const permit = pass(slowTrial.breaker);
    slowTrial.clock.jump(101);
    permit.succeed();
    expect(reason(slowTrial.breaker)).toBe('a trial was too slow');

    const silent = consecutive({ name: 'db', openMs: 1_000 });
    silent.breaker.trip();
    silent.clock.jump(1_000);
    pass(silent.breaker);
    silent.clock.jump(999);
    silent.breaker.tryPass();
    expect(silent.breaker.state.kind).toBe('half-open');
    silent.clock.jump(1);
    silent.breaker.tryPass();
    expect(reason(silent.breaker)).toBe('db: a trial call did not answer within 1000 ms');
  });

  it('is the error of a slow call that failed, too', () => {
    const { breaker, clock } = rate({ slowCallMs: 100, slowRate: 0.25, failureRate: 1 });
    succeed(breaker, 3);
    const permit = pass(breaker);
    clock.jump(101);
    permit.fail(new Error('slow and wrong'));
    expect(reason(breaker)).toBe('slow and wrong');
  });
});

describe('a breaker that looks at a rate', () => {
  it('opens at its rate exactly, and not below', () => {
    const at = rate();
    succeed(at.breaker, 2);
    fail(at.breaker, 1);
    expect(at.breaker.state.kind).toBe('closed');
    fail(at.breaker, 1);
    expect(at.breaker.state.kind).toBe('open');
    const below = rate({ minimumCalls: 5 });
    succeed(below.breaker, 3);
    fail(below.breaker, 2);
    expect(below.breaker.state.kind).toBe('closed');
  });

  it('does not look at failures in a row', () => {
    const { breaker } = rate({ minimumCalls: 100 });
    fail(breaker, 50);
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 50 });
  });

  it('takes a call for slow only beyond its limit, and a trial as well', () => {
    const { breaker, clock } = rate({ slowCallMs: 100, slowRate: 0.01 });
    for (let call = 0; call < 10; call++) {
      const permit = pass(breaker);
      clock.jump(100);
      permit.succeed();
    }
    expect(breaker.state.kind).toBe('closed');
    breaker.trip();
    clock.jump(30_000);
    const trial = pass(breaker);
    clock.jump(100);
    trial.succeed();
    expect(breaker.state).toMatchObject({ kind: 'half-open', successes: 1 });
  });

  it('does not mind slow trials where calls in a row are counted', () => {
    const { breaker, clock } = consecutive();
    breaker.trip();
    clock.jump(30_000);
    const trial = pass(breaker);
    clock.jump(1e6);
    trial.succeed();
    expect(breaker.state).toMatchObject({ kind: 'half-open', successes: 1 });
  });
});

describe('the window of a breaker', () => {
  it('counts calls, failures and slow ones apart', () => {
    const window = new CallWindow(1_000);
    window.record(0, true, false);
    window.record(50, false, true);
    window.record(99, true, true);
    window.record(100, false, false);
    expect(window.counts(100)).toEqual({ calls: 4, failures: 2, slow: 2 });
    expect(window.counts(999)).toEqual({ calls: 4, failures: 2, slow: 2 });
    expect(window.counts(1_000)).toEqual({ calls: 1, failures: 0, slow: 0 });
    expect(window.counts(1_100)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });

  it('is empty after it was cleared, and counts on', () => {
    const window = new CallWindow(1_000);
    window.record(0, true, true);
    window.clear();
    expect(window.counts(0)).toEqual({ calls: 0, failures: 0, slow: 0 });
    window.record(10, true, false);
    expect(window.counts(10)).toEqual({ calls: 1, failures: 1, slow: 0 });
  });

  it('adds to its newest tenth when the clock goes backwards, also below 0', () => {
    const window = new CallWindow(1_000);
    window.record(5_000, false, false);
    window.record(3_000, true, false);
    expect(window.counts(5_900)).toEqual({ calls: 2, failures: 1, slow: 0 });
    const early = new CallWindow(1_000);
    early.record(-1_900, true, false);
    early.record(-1_000, true, true);
    expect(early.counts(-1_000)).toEqual({ calls: 2, failures: 2, slow: 1 });
    expect(early.counts(-900)).toEqual({ calls: 1, failures: 1, slow: 1 });
  });
});

describe('who listens to a breaker', () => {
  it('hears nothing any more after it was taken back', () => {
    const { breaker } = consecutive();
    const heard: BreakerChange[] = [];
    const end = breaker.onChange((change) => heard.push(change));
    const error = new Error('down');
    breaker.trip(error);
    end();
    breaker.reset();
    expect(heard).toEqual([{ from: 'closed', to: 'open', error }]);
  });

  it('and throws is shown with the name of the breaker, and the others hear all the same', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const breaker = new CircuitBreaker({ name: 'db', clock: new ManualClock() });
    const heard: string[] = [];
    breaker.onChange(() => {
      throw new Error('bad ear');
    });
    breaker.onChange(({ to }) => heard.push(to));
    breaker.trip();
    expect(heard).toEqual(['open']);
    expect(warn.mock.calls).toEqual([
      ['db: a listener threw: bad ear', { code: 'ROCKPOOL_LISTENER' }],
    ]);
    warn.mockRestore();
  });
});

describe('what is written down of a breaker', () => {
  it('is its state, with ages in place of times', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000 });
    fail(breaker, 3);
    const nothing = { failures: 0, openForMs: 0, retryInMs: 0, openings: 0 };
    expect(breaker.snapshot()).toEqual({ ...nothing, kind: 'closed', failures: 3 });
    breaker.trip();
    clock.jump(300);
    const open = { ...nothing, kind: 'open', openForMs: 300, retryInMs: 700, openings: 1 };
    expect(breaker.snapshot()).toEqual(open);
    clock.jump(900);
    expect(breaker.snapshot()).toEqual({ ...open, openForMs: 1_200, retryInMs: 0 });
    pass(breaker);
    expect(breaker.snapshot()).toEqual({ ...nothing, kind: 'half-open', openings: 1 });
    breaker.isolate();
    expect(breaker.snapshot()).toEqual({ ...nothing, kind: 'isolated' });
  });

  it('is never negative, also when the clock went backwards', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000 });
    breaker.trip();
    clock.jump(-300);
    expect(breaker.snapshot()).toMatchObject({ openForMs: 0, retryInMs: 1_300 });
  });

  it('is taken up with its times and openings, and the calls of the window are forgotten', () => {
    const { breaker, clock, changes } = rate({}, { openMs: 1_000, openFactor: 2 });
    fail(breaker, 3);
    const now = clock.now();
    const snapshot = { failures: 0, openForMs: 300, retryInMs: 700, openings: 2 };
    breaker.restore({ ...snapshot, kind: 'open' });
    expect(breaker.state).toEqual({
      kind: 'open',
      openedAt: now - 300,
      retryAt: now + 700,
      openings: 2,
      error: undefined,
    });
    breaker.restore({ ...snapshot, kind: 'half-open' });
    expect(breaker.state).toMatchObject({ kind: 'open', retryAt: now, openings: 2 });
    fail(breaker);
    expect(breaker.state).toMatchObject({ openings: 3, retryAt: now + 4_000 });
    breaker.restore({ ...snapshot, kind: 'isolated' });
    expect(breaker.state).toEqual({ kind: 'isolated', since: now });
    changes.length = 0;
    breaker.restore({ ...snapshot, kind: 'closed', failures: 7 });
    expect(breaker.state).toEqual({
      kind: 'closed',
      failures: 7,
      successes: 0,
      lastFailureAt: undefined,
    });
    expect(changes).toEqual([]);
    fail(breaker, 3);
    expect(breaker.state.kind).toBe('closed');
  });

  it('does not open a breaker that opens after fewer failures in a row, but the next one does', () => {
    const { breaker } = consecutive({ trip: { kind: 'consecutive', failures: 3 } });
    breaker.restore({ kind: 'closed', failures: 9, openForMs: 0, retryInMs: 0, openings: 0 });
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 2 });
    fail(breaker);
    expect(breaker.state.kind).toBe('open');
  });

  it('may leave out what is 0', () => {
    const { breaker } = consecutive();
    breaker.restore({ kind: 'closed' } as never);
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 0 });
  });
});

describe('the options of a breaker', () => {
  it('have defaults', () => {
    const { clock, ...options } = resolveBreakerOptions({});
    expect(clock.now()).toBeGreaterThan(0);
    expect(options).toEqual({
      name: 'breaker',
      trip: { kind: 'consecutive', failures: 5 },
      openMs: 30_000,
      openFactor: 1,
      maxOpenMs: 600_000,
      successes: 2,
      trials: 1,
    });
    expect(resolveBreakerOptions({ trip: { kind: 'rate' } }).trip).toEqual({
      kind: 'rate',
      failureRate: 0.5,
      windowMs: 60_000,
      minimumCalls: 10,
      slowRate: 1,
      slowCallMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ trip: { kind: 'consecutive', failures: 0 } }, 'trip.failures'],
    [{ trip: { kind: 'consecutive', failures: 1.5 } }, 'trip.failures'],
    [{ trip: { kind: 'consecutive', failures: 'many' } }, 'trip.failures'],
    [{ trip: { kind: 'rate', failureRate: 0 } }, 'trip.failureRate'],
    [{ trip: { kind: 'rate', failureRate: 1.01 } }, 'trip.failureRate'],
    [{ trip: { kind: 'rate', windowMs: 0 } }, 'trip.windowMs'],
    [{ trip: { kind: 'rate', windowMs: '1s' } }, 'trip.windowMs'],
    [{ trip: { kind: 'rate', slowRate: 'half' } }, 'trip.slowRate'],
    [{ trip: { kind: 'rate', slowCallMs: 0 } }, 'trip.slowCallMs'],
    [{ openFactor: 0.5 }, 'openFactor'],
    [{ maxOpenMs: -1 }, 'maxOpenMs'],
    [{ successes: 0 }, 'successes'],
    [{ trials: 0 }, 'trials'],
    [{ clock: null }, 'clock'],
    [{ clock: 'now' }, 'clock'],
    [{ clock: { now: () => 5 } }, 'clock'],
  ])('are refused by name: %j', (options, path) => {
    let thrown: unknown;
    try {
      new CircuitBreaker(options as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PoolOptionsError);
    const { problems, message } = thrown as PoolOptionsError;
    expect(message).toContain('CircuitBreaker options');
    expect(problems.map((problem) => problem.path)).toEqual([path]);
  });

  it('say what they must be', () => {
    const wrong = (options: object): string => {
      try {
        new CircuitBreaker(options as never);
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing wrong';
    };
    expect(wrong({ openMs: 'soon' })).toContain('must be milliseconds');
    expect(wrong({ successes: 'two' })).toContain('must be a whole number of at least 1');
    expect(wrong({ successes: 1.5 })).toContain('must be a whole number');
    expect(wrong({ trip: { kind: 'rate', failureRate: 'half' } })).toContain(
      'must be a share from 0 to 1',
    );
    expect(wrong({ trip: 'often' })).toContain(
      "must be { kind: 'consecutive', … } or { kind: 'rate', … }",
    );
    expect(wrong({ trip: { kind: 'rate', failureRate: 1, slowRate: 1, slowCallMs: 1 } })).toBe(
      'nothing wrong',
    );
    expect(() =>
      new CircuitBreaker().restore({ kind: 'open', openForMs: 'long' } as never),
    ).toThrow('must be a number of at least 0');
    for (const bad of [{ failures: 0.5 }, { openings: 0.5 }, { openForMs: -1 }, { failures: -1 }])
      expect(() => new CircuitBreaker().restore({ kind: 'open', ...bad } as never)).toThrow(
        Object.keys(bad)[0],
      );
  });
});
