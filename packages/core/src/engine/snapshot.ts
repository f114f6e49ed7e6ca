import type { PoolStats, TimedPhase, TimingStats } from '../contract/stats.js';
import { poolScore } from '../policy/scoring.js';
import { healthOfSlot } from '../slot/slot.js';
import type { Yard } from './yard.js';

/** Everything about a pool at this moment; nothing in it changes afterwards. */
export function snapshot<T>(yard: Yard<T>): PoolStats {
  const { ledger, line, sizes, options, counters } = yard;
  const now = yard.now();
  const leases = leasesOf(yard);
  const oldestAt = line.oldestAt;
  return {
    ...yard.counts(),
    name: yard.name,
    state: yard.state,
    leases,
    peakBorrowed: ledger.peakLeased,
    waitingByPriority: line.sizes,
    oldestWaitMs: oldestAt === undefined ? 0 : now - oldestAt,
    utilization: Math.min(1, leases / (sizes.max * options.concurrency) || 0),
    health: healthOf(yard),
    memory: yard.memory.stats(),
    generation: yard.generation,
    lastCreateError: yard.lastCreateError,
    counters: { ...counters, acquired: counters.acquiredDirect + counters.acquiredAfterWait },
    destroyedBy: { ...yard.destroyedBy },
    timings: timingsOf(yard),
  };
}

/** The score of the pool, 0 to 100. */
export function healthOf<T>(yard: Yard<T>): number {
  const { roster, line, sizes } = yard;
  let sum = 0;
  let count = 0;
  for (const slot of roster) {
    if (slot.state !== 'idle' && slot.state !== 'leased') continue;
    sum += healthOfSlot(slot);
    count++;
  }
  return poolScore({
    resourceHealth: count === 0 ? 100 : sum / count / 100,
    errorRate: yard.errorRate.value,
    refusalRate: yard.refusalRate.value,
    pressure: line.size === 0 ? 0 : line.size / (line.size + sizes.max),
  });
}

function leasesOf<T>(yard: Yard<T>): number {
  if (!yard.shared.sharing) return yard.ledger.leased;
  let leases = 0;
  for (const slot of yard.roster.leased()) leases += slot.extras?.leases ?? 0;
  return leases;
}

function timingsOf<T>({ timings, counters }: Yard<T>): Record<TimedPhase, TimingStats> {
  const { wait, create, hold, reset, validate, destroy } = timings;
  return {
    // A loan that did not wait is a wait of 0.
    wait: wait.snapshot(counters.acquiredDirect),
    create: create.snapshot(),
    hold: hold.snapshot(),
    reset: reset.snapshot(),
    validate: validate.snapshot(),
    destroy: destroy.snapshot(),
  };
}
