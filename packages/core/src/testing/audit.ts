import type { PoolStats } from '../contract/stats.js';

/**
 * What is wrong with the numbers of a pool, in words; empty when they agree. Holds after every step of every pool,
 * whatever its hooks do.
 */
export function auditStats(stats: PoolStats): string[] {
  const { size, idle, borrowed, creating, validating, resetting, destroying, counters } = stats;
  const wrong: string[] = [];
  const states = { idle, borrowed, creating, validating, resetting, destroying };
  for (const [name, count] of Object.entries({ size, waiting: stats.waiting, ...states })) {
    if (!Number.isInteger(count) || count < 0) wrong.push(`${name} is ${count}`);
  }
  const sum = Object.values(states).reduce((total, count) => total + count, 0);
  if (size !== sum) wrong.push(`size ${size} is not the sum of its states ${shown(states)}`);
  if (stats.leases < borrowed) wrong.push(`leases ${stats.leases} below borrowed ${borrowed}`);
  if (counters.acquired !== counters.acquiredDirect + counters.acquiredAfterWait) {
    wrong.push(`acquired ${counters.acquired} is not direct + after wait`);
  }
  const kept = counters.created - counters.destroyed - counters.detached;
  if (kept !== size - creating) {
    wrong.push(
      `created ${counters.created} - destroyed ${counters.destroyed} - detached ${counters.detached} is ${kept}, ` +
        `but the pool holds ${size - creating} resources`,
    );
  }
  const byReason = Object.values(stats.destroyedBy).reduce((total, count) => total + count, 0);
  if (byReason !== counters.destroyed) {
    wrong.push(`destroyed ${counters.destroyed}, but ${byReason} by reason`);
  }
  const queued = stats.waitingByPriority.reduce((total, count) => total + count, 0);
  if (queued !== stats.waiting) wrong.push(`waiting ${stats.waiting}, but ${queued} by priority`);
  if (!(stats.health >= 0 && stats.health <= 100)) wrong.push(`health is ${stats.health}`);
  if (!(stats.utilization >= 0 && stats.utilization <= 1)) {
    wrong.push(`utilization is ${stats.utilization}`);
  }
  return wrong;
}

function shown(states: Readonly<Record<string, number>>): string {
  return Object.entries(states)
    .map(([name, count]) => `${name} ${count}`)
    .join(' + ');
}
