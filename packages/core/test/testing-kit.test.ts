import { describe, expect, it } from 'vitest';
import { PoolError } from '../src/index.js';
import {
  auditStats,
  EventRecorder,
  GATES,
  GateError,
  Gates,
  ManualClock,
  Workshop,
} from '../src/testing/index.js';

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
