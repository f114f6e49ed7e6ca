import { showDuration } from '../quantities.js';
import type { JobReport } from '../work/job.js';
import type { PoolUse } from '../work/pool-use.js';

/** What a run made of its pools, a line each. */
export function summaryOf({ done, failed, skipped, elapsedMs, uses }: JobReport): string {
  const counts = [`${pages(done)} in ${showDuration(elapsedMs)}`];
  if (failed > 0) counts.push(`${failed} failed`);
  if (skipped > 0) counts.push(`${skipped} not begun`);
  return [counts.join(', '), ...uses.map(useLine)].map((line) => `rockpool: ${line}\n`).join('');
}

function useLine({ kind, created, reused, evicted, waitP50Ms, waitP99Ms }: PoolUse): string {
  const wait = `wait p50 ${showDuration(waitP50Ms)} p99 ${showDuration(waitP99Ms)}`;
  return `${kind} extractors: created ${created}, reused ${reused}, ${wait}, evicted ${evicted}`;
}

export const pages = (count: number): string => `${count} ${count === 1 ? 'page' : 'pages'}`;
