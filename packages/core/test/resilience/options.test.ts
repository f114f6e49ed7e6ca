import { PoolOptionsError } from '@rockpool/core';
import { CircuitBreaker, type CircuitBreakerOptions } from '@rockpool/core/resilience';
import { describe, expect, it } from 'vitest';
import { resolveBreakerOptions } from '../../src/resilience/options.js';
import { CallWindow } from '../../src/resilience/window.js';
import { consecutive, fail, pass } from '../support/breakers.js';

const rate = (trip: object = {}, options: CircuitBreakerOptions = {}) =>
  consecutive({
    trip: { kind: 'rate', failureRate: 0.5, windowMs: 10_000, minimumCalls: 4, ...trip },
    ...options,
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
