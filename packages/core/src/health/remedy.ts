import type { Remedy } from './reading.js';
import type { PoolHealthStatus } from './status.js';

/**
 * What a status asks to be done: memory is what a pool can do something about by itself. A level that has other
 * reasons is told, and left to its owner.
 */
export function remedyFor({
  level,
  memory: { pressure },
}: Pick<PoolHealthStatus, 'level' | 'memory'>): Remedy | undefined {
  if (level === 'critical' && pressure === 'critical') return 'clear-high-memory';
  if (level === 'unhealthy' && pressure === 'high') return 'clear-some';
  if (level === 'degraded' && pressure === 'medium') return 'clean-up';
  return undefined;
}
