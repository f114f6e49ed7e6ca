import {
  type BreakerChange,
  CircuitBreaker,
  type CircuitBreakerOptions,
} from '@rockpool/core/resilience';
import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it, vi } from 'vitest';
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

  it('is opened while half-open too, and says until a trial succeeds why it was open', () => {
    const { breaker, changes, clock } = consecutive({ openMs: 1_000 });
    const error = new Error('down');
    breaker.trip(error);
    clock.jump(1_000);
    pass(breaker);
    expect(breaker.openError()).toMatchObject({ cause: error });
    breaker.trip(new Error('again'));
    expect(breaker.state).toMatchObject({ kind: 'open', openings: 2, error: { message: 'again' } });
    expect(changes).toEqual(['closed -> open', 'open -> half-open', 'half-open -> open']);
  });

  it('does not open again because nobody wanted a trial for long', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000, trials: 2, successes: 2 });
    breaker.trip();
    clock.jump(1_000);
    pass(breaker);
    clock.jump(5_000);
    expect(breaker.tryPass()).toBeDefined();
    expect(breaker.state).toMatchObject({ kind: 'half-open', inFlight: 2 });
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
