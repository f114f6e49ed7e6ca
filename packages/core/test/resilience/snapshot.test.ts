import { CircuitBreaker } from '@rockpool/core/resilience';
import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { consecutive, fail, pass } from '../support/breakers.js';

describe('a snapshot of a breaker', () => {
  it('takes up a snapshot in another process, where the clock stands elsewhere', () => {
    const first = consecutive();
    fail(first.breaker, 5);
    first.clock.jump(10_000);
    const json = JSON.parse(JSON.stringify(first.breaker.snapshot()));
    const clock = new ManualClock(5);
    const second = new CircuitBreaker({ clock });
    second.restore(json);
    clock.jump(19_999);
    expect(second.tryPass()).toBeUndefined();
    clock.jump(1);
    expect(second.tryPass()).toBeDefined();
  });

  it('takes up the failures in a row, and forgets the permits of before', () => {
    const first = consecutive();
    fail(first.breaker, 4);
    const { breaker } = consecutive();
    const before = pass(breaker);
    breaker.restore(first.breaker.snapshot());
    before.fail();
    expect(breaker.state).toMatchObject({ kind: 'closed', failures: 4 });
    fail(breaker);
    expect(breaker.state.kind).toBe('open');
  });

  it.each(['closed', 'open', 'half-open', 'isolated'] as const)(
    'is as it was after a snapshot while %s',
    (kind) => {
      const { breaker, clock } = consecutive();
      if (kind === 'isolated') breaker.isolate();
      else if (kind !== 'closed') breaker.trip();
      if (kind === 'half-open') {
        clock.jump(30_000);
        breaker.tryPass();
      }
      const snapshot = breaker.snapshot();
      expect(snapshot.kind).toBe(kind);
      const other = new CircuitBreaker({ clock });
      other.restore(snapshot);
      // A trial that was on its way is begun again.
      expect(other.state.kind).toBe(kind === 'half-open' ? 'open' : kind);
      expect(other.tryPass() !== undefined).toBe(kind === 'closed' || kind === 'half-open');
    },
  );

  it.each([
    [null, /snapshot/],
    [{ kind: 'ajar' }, /kind/],
    [{ kind: 'open', retryInMs: -1 }, /retryInMs/],
    [{ kind: 'open', retryMs: 1 }, /retryInMs/],
  ])('refuses %j as a snapshot', (snapshot, message) => {
    expect(() => new CircuitBreaker().restore(snapshot as never)).toThrow(message);
  });

  it('stays open no longer than its own options say, whatever a snapshot says', () => {
    const { breaker, clock } = consecutive({ maxOpenMs: 60_000 });
    breaker.restore({ kind: 'open', failures: 0, openForMs: 0, retryInMs: 1e12, openings: 3 });
    clock.jump(60_000);
    expect(breaker.tryPass()).toBeDefined();
  });
});
