import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../src/testing/index.js';
import { Agenda, type Appointment } from '../src/time/agenda.js';
import type { TimerHandle } from '../src/time/clock.js';

const newAgenda = (clock = new ManualClock()) => ({
  clock,
  agenda: new Agenda(clock, (fn) => fn()),
});

/** Counts the timers that hold the process. */
class RefCounting extends ManualClock {
  held = 0;

  override setTimeout(fn: () => void, ms: number): TimerHandle {
    let referenced = true;
    this.held++;
    const change = (to: boolean): void => {
      if (referenced !== to) this.held += to ? 1 : -1;
      referenced = to;
    };
    const handle = super.setTimeout(() => {
      change(false);
      fn();
    }, ms);
    return Object.assign(handle, { ref: () => change(true), unref: () => change(false) });
  }

  override clearTimeout(handle: TimerHandle): void {
    handle.unref?.();
    super.clearTimeout(handle);
  }
}

describe('the agenda', () => {
  it('keeps every appointment of more different lengths than it keeps room for', async () => {
    const { clock, agenda } = newAgenda();
    const rung: number[] = [];
    const now = clock.now();
    expect(agenda.armed).toBe(false);
    const lengths = Array.from({ length: 500 }, (_, index) => index + 1);
    for (const ms of lengths) {
      const kept = agenda.after(ms, () => rung.push(ms));
      const dropped = [
        agenda.after(ms, () => rung.push(-ms)),
        agenda.after(ms, () => rung.push(-ms)),
      ];
      for (const each of dropped) agenda.drop(each);
      // Every other length is empty for a moment, and in use again at once.
      if (ms % 2 === 0) {
        agenda.drop(kept);
        agenda.put(kept, ms, now);
      }
    }
    expect(agenda.armed).toBe(true);
    await clock.advance(500);
    expect(rung).toEqual(lengths);
    expect(agenda.armed).toBe(false);
  });

  it('rings what is due at its time and in the order of the times', async () => {
    const { clock, agenda } = newAgenda();
    const rung: string[] = [];
    const start = clock.now();
    for (const ms of [30, 10, 20, 10]) {
      agenda.after(ms, (now) => rung.push(`${ms} at ${now - start}`));
    }
    await clock.advance(100);
    expect(rung).toEqual(['10 at 10', '10 at 10', '20 at 20', '30 at 30']);
  });

  it('has one timer for any number of appointments, and none when there are none', async () => {
    const { clock, agenda } = newAgenda();
    expect(agenda.armed).toBe(false);
    const all = Array.from({ length: 1_000 }, (_, index) =>
      agenda.after(1 + (index % 7), () => {}),
    );
    expect(clock.pending).toBe(1);
    for (const each of all) agenda.drop(each);
    await clock.advance(10);
    expect([clock.pending, agenda.armed]).toEqual([0, false]);
  });

  it('never rings what was dropped, even by another appointment of the same moment', async () => {
    const { clock, agenda } = newAgenda();
    const rung: string[] = [];
    const later: Appointment[] = [];
    agenda.after(10, () => {
      rung.push('first');
      for (const each of later) agenda.drop(each);
    });
    later.push(
      agenda.after(10, () => rung.push('second')),
      agenda.after(11, () => rung.push('third')),
    );
    await clock.advance(50);
    expect(rung).toEqual(['first']);
    agenda.drop(later[0] as Appointment);
    expect(clock.pending).toBe(0);
  });

  it('rings what an appointment puts in while it rings, also without any delay', async () => {
    const { clock, agenda } = newAgenda();
    const rung: number[] = [];
    agenda.after(5, () => {
      rung.push(1);
      agenda.after(0, () => rung.push(2));
      agenda.after(3, () => rung.push(3));
    });
    await clock.advance(20);
    expect(rung).toEqual([1, 2, 3]);
  });

  it('rings a storm in slices, so that it does not hold up the event loop', async () => {
    const { clock, agenda } = newAgenda();
    let rung = 0;
    for (let index = 0; index < 5_000; index++) agenda.after(10, () => rung++);
    const inOneTurn: number[] = [];
    const sampled = new Promise<void>((resolve) => {
      const sample = (): void => {
        inOneTurn.push(rung);
        if (rung < 5_000) setImmediate(sample);
        else resolve();
      };
      setImmediate(sample);
    });
    await clock.advance(10);
    await sampled;
    expect(rung).toBe(5_000);
    const steps = inOneTurn.map((count, index) => count - (inOneTurn[index - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(1_000);
  });

  it('goes on with the others when one throws', async () => {
    const { clock, agenda } = newAgenda();
    const rung: number[] = [];
    agenda.after(10, () => {
      throw new Error('a broken alarm');
    });
    agenda.after(10, () => rung.push(1));
    agenda.after(20, () => rung.push(2));
    await expect(clock.advance(10)).rejects.toThrow('a broken alarm');
    await clock.advance(20);
    expect(rung).toEqual([1, 2]);
  });

  it('holds the process only while an appointment asks for it', async () => {
    const clock = new RefCounting();
    const { agenda } = newAgenda(clock);
    agenda.after(100, () => {});
    expect(clock.held).toBe(0);
    const holder = agenda.after(50, () => {}, 'holds-process');
    expect(clock.held).toBe(1);
    agenda.drop(holder);
    expect(clock.held).toBe(0);
    agenda.after(30, () => {}, 'holds-process');
    agenda.after(200, () => {});
    expect(clock.held).toBe(1);
    await clock.advance(30);
    expect(clock.held).toBe(0);
    agenda.clear();
    expect([clock.held, clock.pending]).toEqual([0, 0]);
  });

  it('cuts a wait that is longer than a timer can be into pieces', async () => {
    const delays: number[] = [];
    class Watched extends ManualClock {
      override setTimeout(fn: () => void, ms: number): TimerHandle {
        delays.push(ms);
        return super.setTimeout(fn, ms);
      }
    }
    const { clock, agenda } = newAgenda(new Watched());
    const month = 30 * 24 * 3_600_000;
    let rungAt = 0;
    const start = clock.now();
    agenda.after(month, (now) => {
      rungAt = now - start;
    });
    await clock.advance(month);
    expect(rungAt).toBe(month);
    expect(Math.max(...delays)).toBeLessThanOrEqual(2_147_483_647);
    expect(delays).toHaveLength(2);
  });

  it('loses nothing when the clock jumps: it rings late or early, but it rings', async () => {
    for (const jump of [-1_000, 1_000]) {
      const { clock, agenda } = newAgenda();
      let rung = 0;
      agenda.after(10, () => rung++);
      clock.jump(jump);
      agenda.after(10, () => rung++);
      await clock.advance(1_020);
      expect(rung, String(jump)).toBe(2);
      expect(clock.pending).toBe(0);
    }
  });

  it('forgets lanes of lengths that are not used any more', async () => {
    const { clock, agenda } = newAgenda();
    let rung = 0;
    for (let ms = 1; ms <= 500; ms++) agenda.after(ms + 0.5, () => rung++);
    await clock.advance(600);
    for (let ms = 1; ms <= 500; ms++) agenda.after(ms, () => rung++);
    await clock.advance(600);
    expect([rung, clock.pending]).toEqual([1_000, 0]);
  });

  it('agrees with a sorted list, whatever is put in and dropped', async () => {
    const script = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('put' as const), ms: fc.nat({ max: 20 }) }),
        fc.record({ do: fc.constant('drop' as const), which: fc.nat({ max: 30 }) }),
        fc.record({ do: fc.constant('advance' as const), ms: fc.nat({ max: 9 }) }),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const { clock, agenda } = newAgenda();
        const expected = new Map<number, number>();
        const rung: number[] = [];
        const appointments: Appointment[] = [];
        for (const step of steps) {
          if (step.do === 'put') {
            const id = appointments.length;
            const due = clock.now() + step.ms;
            expected.set(id, due);
            appointments.push(
              agenda.after(step.ms, (now) => {
                expect(now).toBe(due);
                expected.delete(id);
                rung.push(id);
              }),
            );
          } else if (step.do === 'drop') {
            const id = step.which % Math.max(1, appointments.length);
            const appointment = appointments[id];
            if (appointment !== undefined) agenda.drop(appointment);
            expected.delete(id);
          } else {
            await clock.advance(step.ms);
            for (const due of expected.values()) expect(due).toBeGreaterThan(clock.now());
          }
        }
        await clock.advance(100);
        expect(expected.size).toBe(0);
        expect(new Set(rung).size).toBe(rung.length);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
