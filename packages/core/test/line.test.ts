import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../src/slot/line.js';
import { Waiter } from '../src/slot/waiter.js';

let now = 0;

function waiter(priority: number): Waiter<object> {
  const made = new Waiter<object>({ expire: () => {} }, { priority });
  made.at = now;
  return made;
}

/** The rule, written down plainly: who should be next. */
function next(
  waiting: readonly Waiter<object>[],
  classes: number,
  agingMs: number,
): Waiter<object> | undefined {
  const classOf = (each: Waiter<object>) => Math.min(each.request?.priority ?? 0, classes - 1);
  const turn = (each: Waiter<object>) =>
    agingMs === 0 ? classOf(each) : each.at + classOf(each) * agingMs;
  return [...waiting].sort((a, b) => turn(a) - turn(b) || classOf(a) - classOf(b))[0];
}

describe('the waiting line', () => {
  it('serves by arrival and class, and lets anybody leave from anywhere, as the plain rule says', () => {
    const script = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('join' as const), priority: fc.nat({ max: 4 }) }),
        fc.record({ do: fc.constant('serve' as const) }),
        fc.record({ do: fc.constant('leave' as const), which: fc.nat({ max: 20 }) }),
        fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 30 }) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        script,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0, 10, 1_000),
        (steps, classes, agingMs) => {
          const line = new WaitingLine<object>(classes, agingMs);
          const waiting: Waiter<object>[] = [];
          now = 0;
          for (const step of steps) {
            if (step.do === 'join') {
              const joined = waiter(step.priority);
              waiting.push(joined);
              line.add(joined);
            } else if (step.do === 'wait') {
              now += step.ms;
            } else {
              const leaving =
                step.do === 'serve'
                  ? line.first
                  : waiting[step.which % Math.max(1, waiting.length)];
              if (step.do === 'serve') expect(leaving).toBe(next(waiting, classes, agingMs));
              if (leaving !== undefined) {
                line.remove(leaving);
                waiting.splice(waiting.indexOf(leaving), 1);
              }
            }
            expect(line.size).toBe(waiting.length);
            expect(line.sizes.reduce((sum, size) => sum + size, 0)).toBe(waiting.length);
            const oldest =
              waiting.length === 0 ? undefined : Math.min(...waiting.map(({ at }) => at));
            expect(line.oldestAt).toBe(oldest);
          }
          const order = [...line];
          for (const each of order) {
            expect(each).toBe(next(waiting, classes, agingMs));
            waiting.splice(waiting.indexOf(each), 1);
          }
          expect(waiting).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('goes on when whoever was just looked at leaves', () => {
    const line = new WaitingLine<object>(2, 1_000);
    now = 0;
    const all = [0, 1, 0, 1].map((priority) => {
      const each = waiter(priority);
      line.add(each);
      return each;
    });
    const seen: Waiter<object>[] = [];
    for (const each of line) {
      seen.push(each);
      line.remove(each);
    }
    expect(seen).toEqual([all[0], all[2], all[1], all[3]]);
    expect(line.size).toBe(0);
  });

  it('knows how many are choosy', () => {
    const line = new WaitingLine<object>(1, 0);
    const plain = new Waiter<object>({ expire: () => {} }, undefined);
    const choosy = new Waiter<object>({ expire: () => {} }, { where: () => true });
    const alone = new Waiter<object>({ expire: () => {} }, { exclusive: true });
    for (const each of [plain, choosy, alone]) line.add(each);
    expect(line.choosy).toBe(2);
    line.remove(choosy);
    expect(line.choosy).toBe(1);
    line.remove(plain);
    line.remove(alone);
    expect([line.choosy, line.size, line.first]).toEqual([0, 0, undefined]);
  });

  it('serves the higher class first when two have the same turn', () => {
    const line = new WaitingLine<object>(2, 10);
    now = 0;
    const low = waiter(1);
    line.add(low);
    now = 10;
    const high = waiter(0);
    line.add(high);
    expect([...line]).toEqual([high, low]);
  });

  it('tells everybody class by class without ageing, whoever came first', () => {
    const line = new WaitingLine<object>(2, 0);
    now = 0;
    const low = waiter(1);
    line.add(low);
    now = 5;
    const high = waiter(0);
    line.add(high);
    expect([...line]).toEqual([high, low]);
    expect(line.oldestAt).toBe(0);
  });
});
