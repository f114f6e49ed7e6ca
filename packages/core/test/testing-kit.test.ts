import { describe, expect, it } from 'vitest';
import { PoolError } from '../src/index.js';
import {
  EventRecorder,
  GATES,
  GateError,
  Gates,
  type Manner,
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

  it('rings those that are due at the same time in the order in which they were set', async () => {
    const clock = new ManualClock(0);
    const order: string[] = [];
    const ring = (name: string) => () => void order.push(name);
    clock.setTimeout(ring('last'), 20);
    clock.setTimeout(ring('first'), 10);
    const stopped = clock.setTimeout(ring('never'), 10);
    clock.setTimeout(ring('second'), 10);
    await clock.advance(5);
    clock.clearTimeout(stopped);
    clock.setTimeout(ring('third'), 5);
    clock.setTimeout(ring('at once'), -1);
    await clock.advance(15);
    expect(order).toEqual(['at once', 'first', 'second', 'third', 'last']);
  });

  it('passes on what a timer throws, and refuses to go back', async () => {
    const clock = new ManualClock();
    clock.setTimeout(() => {
      throw new Error('a broken timer');
    }, 1);
    await expect(clock.advance(5)).rejects.toThrow('a broken timer');
    for (const ms of [-1, Number.NaN]) {
      await expect(clock.advance(ms)).rejects.toThrow(
        new RangeError(`a manual clock cannot advance by ${ms} ms`),
      );
    }
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

  it('that fail throw, or give a promise that rejects, as their manner is', async () => {
    const failing = (manner?: Manner) => {
      const gates = new Gates(['work'], { manner });
      gates.set('work', 'fails');
      return () => gates.pass('work', () => 'answer');
    };
    expect(failing('at-once')).toThrow(GateError);
    for (const manner of ['in-a-promise', undefined] as const) {
      const error: unknown = await Promise.resolve(failing(manner)()).catch((reason) => reason);
      expect(String(error)).toBe('GateError: the gate of work fails');
      expect(error).toMatchObject({ hook: 'work', name: 'GateError' });
    }
  });

  it('that let through answer at once, or in a promise, as their manner is', async () => {
    const answers = (['at-once', 'in-a-promise', undefined] as const).map((manner) =>
      new Gates(['work'], { manner }).pass('work', () => 'answer'),
    );
    expect(answers).toEqual(['answer', expect.any(Promise), expect.any(Promise)]);
    for (const answer of answers) expect(await answer).toBe('answer');
  });

  it('are slow for 10 ms and late for a second, when nothing else is said', async () => {
    const clock = new ManualClock(0);
    const gates = new Gates(['work'], { clock });
    for (const [gate, ms] of [
      ['slow', 10],
      ['late', 1_000],
    ] as const) {
      gates.set('work', gate);
      const before = clock.now();
      const answered = Promise.resolve(gates.pass('work', () => clock.now() - before));
      await clock.advance(2_000);
      expect(await answered).toBe(ms);
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
    await workshop.validate(detached, { ...context, phase: 'borrow' });
    expect(workshop.faults.at(-1)).toBe(
      'validate (borrow) was called with product 2, which is not alive',
    );
  });

  it('knows which products a pool may still lend', async () => {
    const workshop = new Workshop({ manner: 'at-once' });
    const { createPool } = await import('../src/index.js');
    const pool = createPool(workshop, { testOnBorrow: true });
    const [ended, taken, kept] = await Promise.all([
      pool.acquire(),
      pool.acquire(),
      pool.acquire(),
    ]);
    const products = [ended.resource, taken.resource, kept.resource];
    expect(products.map((product) => workshop.isUsable(product))).toEqual([true, true, true]);
    ended.destroy();
    workshop.tookOut(taken.detach());
    expect(products.map((product) => workshop.isUsable(product))).toEqual([false, false, true]);
    expect([workshop.made, workshop.peakAlive, workshop.alive.size]).toEqual([3, 3, 1]);
    const product = kept.resource;
    kept.release();
    const { signal } = new AbortController();
    const context = { info: {} as never, signal, phase: 'borrow' as const };
    expect(workshop.validate(product, context)).toBe(true);
    await pool.close();
    expect([...workshop.ended.values()]).toEqual(['borrower', 'close']);
    expect(workshop.faults).toEqual([]);
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
