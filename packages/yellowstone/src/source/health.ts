import type { HealthStatus } from '@rockpool/pipeline';
import type { LaneState } from './lane.js';

/** How the connection is: by how long the lanes have been silent, and how many of them are connected. */
export function connectionHealth(
  lanes: readonly LaneState[],
  nowMs: number,
  staleAfterMs: number,
): HealthStatus {
  const scores = lanes.map((lane) => scoreOf(lane, nowMs, staleAfterMs));
  const best = Math.max(0, ...scores);
  const mean = scores.reduce((sum, each) => sum + each, 0) / Math.max(1, scores.length);
  const score = Math.round((best + mean) / 2);
  const status = score >= 80 ? 'healthy' : score >= 40 ? 'degraded' : 'unhealthy';
  return { status, score, detail: lanes.map((lane) => described(lane, nowMs)).join('; ') };
}

/** Full marks for a message within a third of what counts as stale, none at all when it is stale. */
function scoreOf(lane: LaneState, nowMs: number, staleAfterMs: number): number {
  switch (lane.kind) {
    case 'open': {
      const silent = (nowMs - lane.subscription.heardAt) / staleAfterMs;
      return Math.max(0, Math.min(100, Math.round(150 * (1 - silent))));
    }
    case 'suspended':
      return 60;
    case 'connecting':
      return 50;
    case 'waiting':
      return Math.max(0, 40 - 10 * lane.attempts);
    case 'over':
      return 0;
  }
}

function described(lane: LaneState, nowMs: number): string {
  if (lane.kind === 'waiting') return `waiting after ${lane.attempts} attempts`;
  if (lane.kind !== 'open') return lane.kind;
  const silentMs = Math.round(nowMs - lane.subscription.heardAt);
  const rtt = lane.rttMs === undefined ? '' : `, round trip ${lane.rttMs.toFixed(1)} ms`;
  return `open, silent for ${silentMs} ms${rtt}`;
}
