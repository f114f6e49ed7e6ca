import { PoolError } from '@rockpool/core';
import { BREAKER_TRANSITIONS, CircuitBreaker, type Permit } from '@rockpool/core/resilience';
import type { ManualClock } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { CallWindow } from '../../src/resilience/window.js';
import { consecutive, fail, pass, succeed } from '../support/breakers.js';

describe('a breaker that counts failures in a row', () => {
  it('opens at the fifth failure in a row and not at the fourth', () => {
    const { breaker } = consecutive();
    fail(breaker, 4);
    expect(breaker.state.kind).toBe('closed');
    fail(breaker);
    expect(breaker.state.kind).toBe('open');
    expect(breaker.tryPass()).toBeUndefined();
    expect(breaker.refused).toBe(1);
  });

  it('begins to count anew after a success', () => {
    const { breaker } = consecutive();
    fail(breaker, 4);
    succeed(breaker);
    fail(breaker, 4);
    expect(breaker.state.kind).toBe('closed');
  });

  it('lets one trial through after 30 s and refuses the others meanwhile', () => {
    const { breaker, clock } = consecutive();
    fail(breaker, 5);
    clock.jump(29_999);
    expect(breaker.tryPass()).toBeUndefined();
    clock.jump(1);
    const trial = breaker.tryPass();
    expect(trial).toBeDefined();
    expect(breaker.state.kind).toBe('half-open');
    expect(breaker.tryPass()).toBeUndefined();
  });

  it('closes after two successful trials', () => {
    const { breaker, clock, changes } = consecutive();
    fail(breaker, 5);
    clock.jump(30_000);
    succeed(breaker);
    expect(breaker.state.kind).toBe('half-open');
    succeed(breaker);
    expect(breaker.state.kind).toBe('closed');
    expect(changes).toEqual(['closed -> open', 'open -> half-open', 'half-open -> closed']);
  });

  it('opens again, for longer with an open factor, when a trial fails', () => {
    const { breaker, clock } = consecutive({ openMs: 1_000, openFactor: 2, maxOpenMs: 3_000 });
    fail(breaker, 5);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { state } = breaker;
      if (state.kind !== 'open') throw new Error(state.kind);
      waits.push(state.retryAt - state.openedAt);
      clock.jump(state.retryAt - clock.now());
      fail(breaker);
    }
    expect(waits).toEqual([1_000, 2_000, 3_000, 3_000]);
    expect(breaker.trips).toBe(5);
  });

  it('ignores the late answer of a call from before it opened', () => {
    const { breaker, clock } = consecutive();
    const early = pass(breaker);
    fail(breaker, 5);
    clock.jump(30_000);
    const trial = pass(breaker);
    early.fail();
    expect(breaker.state.kind).toBe('half-open');
    trial.succeed();
    early.succeed();
    expect(breaker.state).toMatchObject({ kind: 'half-open', successes: 1 });
  });

  it('ignores the second answer of a permit', () => {
    const { breaker } = consecutive();
    const permit = pass(breaker);
    permit.fail();
    permit.fail();
    expect(breaker.state).toMatchObject({ failures: 1 });
  });

  it('gives the place of a cancelled trial to the next call', () => {
    const { breaker, clock } = consecutive();
    fail(breaker, 5);
    clock.jump(30_000);
    pass(breaker).cancel();
    expect(breaker.tryPass()).toBeDefined();
  });

  it('counts a trial that never answers as a failure', () => {
    const { breaker, clock } = consecutive();
    fail(breaker, 5);
    clock.jump(30_000);
    pass(breaker);
    clock.jump(30_000);
    expect(breaker.tryPass()).toBeUndefined();
    expect(breaker.state).toMatchObject({ kind: 'open', openings: 2 });
    clock.jump(30_000);
    succeed(breaker, 2);
    expect(breaker.state.kind).toBe('closed');
  });
});

describe('a breaker that looks at the rate of failures', () => {
  const rate = (trip: object = {}) =>
    consecutive({
      trip: { kind: 'rate', failureRate: 0.5, windowMs: 10_000, minimumCalls: 10, ...trip },
    });

  it('opens when 90 of 100 calls fail', () => {
    const { breaker } = rate();
    succeed(breaker, 1);
    for (let i = 0; i < 9 && breaker.state.kind === 'closed'; i++) fail(breaker);
    expect(breaker.state.kind).toBe('open');
  });

  it('stays closed at 1 failure in 100', () => {
    const { breaker } = rate();
    for (let i = 0; i < 1_000; i++) (i % 100 === 0 ? fail : succeed)(breaker);
    expect(breaker.state.kind).toBe('closed');
  });

  it('decides nothing on fewer calls than the minimum', () => {
    const { breaker } = rate();
    fail(breaker, 9);
    expect(breaker.state.kind).toBe('closed');
    fail(breaker);
    expect(breaker.state.kind).toBe('open');
  });

  it('looks at the rate after a success too: it may be the call that makes them enough', () => {
    const { breaker } = rate();
    fail(breaker, 9);
    succeed(breaker);
    expect(breaker.state).toMatchObject({
      kind: 'open',
      error: { message: '9 of 10 calls failed' },
    });
  });

  it('begins with an empty window after it has closed', () => {
    const { breaker, clock } = rate();
    fail(breaker, 10);
    clock.jump(30_000);
    succeed(breaker, 2);
    fail(breaker, 9);
    expect(breaker.state.kind).toBe('closed');
  });

  it('forgets what happened before the window: after an idle hour one failure opens nothing', () => {
    const { breaker, clock } = rate();
    fail(breaker, 9);
    clock.jump(3_600_000);
    fail(breaker);
    expect(breaker.state.kind).toBe('closed');
  });

  it('opens when too many calls are slow, though none fails', () => {
    const { breaker, clock } = rate({ slowCallMs: 100, slowRate: 0.8 });
    for (let i = 0; i < 10; i++) {
      const permit = pass(breaker);
      clock.jump(i < 2 ? 10 : 200);
      permit.succeed();
    }
    expect(breaker.state).toMatchObject({
      kind: 'open',
      error: { message: '8 of 10 calls took over 100 ms' },
    });
  });

  it('opens for slowness at no less than its slow rate', () => {
    const { breaker, clock } = rate({ slowCallMs: 100, slowRate: 0.8 });
    for (let i = 0; i < 100; i++) {
      const permit = pass(breaker);
      clock.jump(i % 4 === 0 ? 10 : 101);
      permit.succeed();
    }
    expect(breaker.state.kind).toBe('closed');
  });

  it('takes a slow trial for a failed one', () => {
    const { breaker, clock } = rate({ slowCallMs: 100 });
    fail(breaker, 10);
    clock.jump(30_000);
    const trial = pass(breaker);
    clock.jump(101);
    trial.succeed();
    expect(breaker.state).toMatchObject({ kind: 'open', openings: 2 });
  });

  it('counts every call of the newest nine tenths of its window and none from before it, in any history', () => {
    const calls = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 4_000 }), failed: fc.boolean() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(calls, (history) => {
        const window = new CallWindow(10_000);
        const seen: { at: number; failed: boolean }[] = [];
        let now = 1_000_000;
        for (const { afterMs, failed } of history) {
          now += afterMs;
          window.record(now, failed, false);
          seen.push({ at: now, failed });
        }
        const since = (ms: number) => seen.filter(({ at }) => at > now - ms);
        const counts = window.counts(now);
        expect(counts.calls).toBeGreaterThanOrEqual(since(9_000).length);
        expect(counts.calls).toBeLessThanOrEqual(since(10_000).length);
        expect(counts.failures).toBeLessThanOrEqual(counts.calls);
        expect(window.counts(now + 10_000).calls).toBe(0);
      }),
    );
  });
});

describe('every transition', () => {
  const ways: Record<string, (breaker: CircuitBreaker, clock: ManualClock) => void> = {
    'closed -> open': (breaker) => breaker.trip(),
    'closed -> isolated': (breaker) => breaker.isolate(),
    'open -> half-open': (breaker, clock) => {
      breaker.trip();
      clock.jump(30_000);
      breaker.tryPass();
    },
    'open -> closed': (breaker) => {
      breaker.trip();
      breaker.reset();
    },
    'open -> isolated': (breaker) => {
      breaker.trip();
      breaker.isolate();
    },
    'half-open -> closed': (breaker, clock) => {
      breaker.trip();
      clock.jump(30_000);
      succeed(breaker, 2);
    },
    'half-open -> open': (breaker, clock) => {
      breaker.trip();
      clock.jump(30_000);
      fail(breaker);
    },
    'half-open -> isolated': (breaker, clock) => {
      breaker.trip();
      clock.jump(30_000);
      breaker.tryPass();
      breaker.isolate();
    },
    'isolated -> closed': (breaker) => {
      breaker.isolate();
      breaker.reset();
    },
  };

  it('of the table has a way here', () => {
    const table = Object.entries(BREAKER_TRANSITIONS).flatMap(([from, tos]) =>
      tos.map((to) => `${from} -> ${to}`),
    );
    expect(Object.keys(ways).sort()).toEqual(table.sort());
  });

  it.each(Object.entries(ways))('%s', (change, go) => {
    const { breaker, clock, changes } = consecutive();
    go(breaker, clock);
    expect(changes.at(-1)).toBe(change);
  });
});

describe('a breaker', () => {
  it('runs a call, passes its error on and fails fast with the cause once open', async () => {
    const { breaker } = consecutive({ trip: { kind: 'consecutive', failures: 1 } });
    await expect(breaker.run(() => 7)).resolves.toBe(7);
    await expect(
      breaker.run(() => {
        throw new Error('down');
      }),
    ).rejects.toThrow('down');
    const refusal: unknown = await breaker.run(() => 7).catch((error: unknown) => error);
    expect(PoolError.is(refusal, 'ERR_POOL_BREAKER_OPEN')).toBe(true);
    expect(refusal).toMatchObject({ message: 'Circuit breaker open', cause: { message: 'down' } });
  });

  it('refuses everything while isolated, however much time passes', () => {
    const { breaker, clock } = consecutive();
    breaker.isolate();
    clock.jump(1e9);
    expect(breaker.tryPass()).toBeUndefined();
    breaker.reset();
    expect(breaker.tryPass()).toBeDefined();
  });

  it('has nothing to do with the answers of calls from before a reset', () => {
    const { breaker } = consecutive({ trip: { kind: 'consecutive', failures: 1 } });
    const before = pass(breaker);
    breaker.reset();
    before.fail();
    expect(breaker.state.kind).toBe('closed');
  });

  it('lets no call of a wrapped function through while it is open', async () => {
    const { breaker } = consecutive({ trip: { kind: 'consecutive', failures: 2 } });
    const call = vi.fn((answer: number) => {
      if (answer < 0) throw new Error('negative');
      return answer;
    });
    const guarded = breaker.wrap(call);
    await expect(guarded(7)).resolves.toBe(7);
    await expect(guarded(-1)).rejects.toThrow('negative');
    await expect(guarded(-1)).rejects.toThrow('negative');
    await expect(guarded(7)).rejects.toThrow('Circuit breaker open');
    expect(call).toHaveBeenCalledTimes(3);
  });

  it('is not disturbed by a listener that throws', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { breaker, changes } = consecutive();
    breaker.onChange(() => {
      throw new Error('listener');
    });
    fail(breaker, 5);
    expect(changes).toEqual(['closed -> open']);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  it('sets no timer', async () => {
    const { breaker, clock } = consecutive();
    fail(breaker, 5);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it.each([
    [{ trip: { kind: 'sometimes' } }, /trip/],
    [{ openMs: 0 }, /openMs/],
    [{ sucesses: 2 }, /did you mean successes/],
    [{ trip: { kind: 'rate', failureRate: 50 } }, /failureRate/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => new CircuitBreaker(options as never)).toThrow(message);
  });

  it('never lets more calls through while half-open than it has trials, and never loses one, in any history', () => {
    const step = fc.oneof(
      fc.constant('pass' as const),
      fc.constant('succeed' as const),
      fc.constant('fail' as const),
      fc.constant('cancel' as const),
      fc.integer({ min: 0, max: 20_000 }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 3 }),
        (steps, trials) => {
          const { breaker, clock } = consecutive({ trials, openMs: 15_000 });
          const open: Permit[] = [];
          for (const each of steps) {
            if (typeof each === 'number') clock.jump(each);
            else if (each === 'pass') {
              const permit = breaker.tryPass();
              if (permit !== undefined) open.push(permit);
            } else open.shift()?.[each]();
            const { state } = breaker;
            if (state.kind === 'half-open') {
              expect(state.inFlight).toBeGreaterThanOrEqual(0);
              expect(state.inFlight).toBeLessThanOrEqual(trials);
            }
            if (state.kind === 'closed') expect(state.failures).toBeLessThan(5);
          }
          // Whatever happened: two good trials close it again.
          clock.jump(30_000);
          breaker.tryPass();
          clock.jump(30_000);
          for (const permit of open) permit.cancel();
          clock.jump(30_000);
          while (breaker.state.kind !== 'closed') succeed(breaker);
          expect(breaker.tryPass()).toBeDefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});
