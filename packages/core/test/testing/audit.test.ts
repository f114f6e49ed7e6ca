import { describe, expect, it } from 'vitest';
import {
  createPool,
  type DestroyReason,
  type PoolCounters,
  type PoolStats,
} from '../../src/index.js';
import { auditStats } from '../../src/testing/index.js';

const fresh = createPool<object>(() => ({})).stats();

/** A pool in the middle of its life: something in each state, in line, and in each counter that is looked at. */
const sound: PoolStats = {
  ...fresh,
  size: 21,
  idle: 1,
  borrowed: 2,
  creating: 3,
  validating: 4,
  resetting: 5,
  destroying: 6,
  leases: 3,
  waiting: 7,
  waitingByPriority: [3, 0, 4],
  health: 90,
  utilization: 0.5,
  counters: counting({ created: 30, destroyed: 7, detached: 5 }),
  destroyedBy: ending({ idle: 3, close: 4 }),
};

function counting(counts: Partial<PoolCounters>): PoolCounters {
  return { ...fresh.counters, acquired: 10, acquiredDirect: 4, acquiredAfterWait: 6, ...counts };
}

function ending(counts: Partial<Record<DestroyReason, number>>): PoolStats['destroyedBy'] {
  return { ...fresh.destroyedBy, ...counts };
}

const { counters } = sound;

/** One figure is falsified, `change`; what is told then. */
const FALSE: readonly (readonly [change: Partial<PoolStats>, told: readonly string[]])[] = [
  [
    { size: 22 },
    [
      'size 22 is not the sum of its states ' +
        'idle 1 + borrowed 2 + creating 3 + validating 4 + resetting 5 + destroying 6',
      'created 30 - destroyed 7 - detached 5 is 18, but the pool holds 19 resources',
    ],
  ],
  [{ leases: 1 }, ['leases 1 below borrowed 2']],
  [{ counters: { ...counters, acquired: 11 } }, ['acquired 11 is not direct + after wait']],
  [{ counters: { ...counters, acquiredDirect: 0 } }, ['acquired 10 is not direct + after wait']],
  [{ counters: { ...counters, acquiredAfterWait: 0 } }, ['acquired 10 is not direct + after wait']],
  [
    { counters: { ...counters, created: 31 } },
    ['created 31 - destroyed 7 - detached 5 is 19, but the pool holds 18 resources'],
  ],
  [
    { counters: { ...counters, detached: 6 } },
    ['created 30 - destroyed 7 - detached 6 is 17, but the pool holds 18 resources'],
  ],
  [
    { counters: { ...counters, destroyed: 8 } },
    [
      'created 30 - destroyed 8 - detached 5 is 17, but the pool holds 18 resources',
      'destroyed 8, but 7 by reason',
    ],
  ],
  [{ destroyedBy: ending({ idle: 3, close: 5 }) }, ['destroyed 7, but 8 by reason']],
  [{ waiting: 8 }, ['waiting 8, but 7 by priority']],
  [{ waitingByPriority: [3, 1, 4] }, ['waiting 7, but 8 by priority']],
  [{ health: -0.5 }, ['health is -0.5']],
  [{ health: 100.5 }, ['health is 100.5']],
  [{ health: Number.NaN }, ['health is NaN']],
  [{ utilization: -0.5 }, ['utilization is -0.5']],
  [{ utilization: 1.5 }, ['utilization is 1.5']],
  [{ utilization: Number.NaN }, ['utilization is NaN']],
];

const STATES = ['idle', 'borrowed', 'creating', 'validating', 'resetting', 'destroying'] as const;

/** `name` gets another value; all that is compared with it goes along. */
function counted(name: (typeof STATES)[number], count: number): PoolStats {
  const moved = count - sound[name];
  const created = name === 'creating' ? 0 : moved;
  return {
    ...sound,
    [name]: count,
    size: sound.size + moved,
    counters: { ...counters, created: counters.created + created },
  };
}

describe('the audit', () => {
  it('finds nothing wrong with a pool in the middle of its life', () => {
    expect(auditStats(fresh)).toEqual([]);
    expect(auditStats(sound)).toEqual([]);
  });

  it.each(FALSE.map(([change, told]) => ({ change, told })))('tells $told', ({ change, told }) => {
    expect(auditStats({ ...sound, ...change })).toEqual(told);
  });

  it.each(STATES)('refuses a number of %s resources that nothing can have', (name) => {
    expect(auditStats(counted(name, -1))).toEqual([`${name} is -1`]);
    const half = counted(name, 0.5);
    expect(auditStats(half)).toEqual([`size is ${half.size}`, `${name} is 0.5`]);
    expect(auditStats(counted(name, 0))).toEqual([]);
  });

  it('refuses a size and a line that nothing can have', () => {
    const empty = { ...fresh, creating: -1, size: -1 };
    expect(auditStats(empty)).toEqual(['size is -1', 'creating is -1']);
    const half = { ...fresh, waiting: 0.5, waitingByPriority: [0.5] };
    expect(auditStats(half)).toEqual(['waiting is 0.5']);
  });

  it.each([{ health: 0 }, { health: 100 }, { utilization: 0 }, { utilization: 1 }, { leases: 2 }])(
    'finds nothing wrong with the utmost: %o',
    (change) => {
      expect(auditStats({ ...sound, ...change })).toEqual([]);
    },
  );
});
