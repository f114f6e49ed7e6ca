import { type Clock, systemClock } from '@rockpool/core';
import type { HealthCheck, HealthLevel, HealthStatus } from '../contract/ports.js';
import type { PipelineStats, RuntimeStats } from '../contract/stats.js';
import { RateWindow, type Tally } from './rate-window.js';
import { LEVELS } from './steady-level.js';

/** From which share of its capacity on a buffer is degraded, and unhealthy. */
export const QUEUE_LIMITS = { degraded: 0.8, unhealthy: 0.95 } as const;

/** Below which share of successes a stage is degraded, and unhealthy; how far back, and from how many samples on. */
export const RATE_LIMITS = {
  degraded: 0.95,
  unhealthy: 0.5,
  windowMs: 60_000,
  fewestSamples: 20,
} as const;

/** Reads figures; usually `() => runtime.stats()`. */
export type StatsReader = () => RuntimeStats;

/** How full the buffers are, by items. */
export function queueCheck(stats: StatsReader): HealthCheck {
  return {
    name: 'queue',
    check: () => {
      const { input, pipelines } = stats();
      return worstOf([
        fillOf('the input buffer', input.queued, input.capacity),
        ...Object.values(pipelines).map(({ id, queueDepth, queueCapacity }) =>
          fillOf(`the buffer of ${id}`, queueDepth, queueCapacity),
        ),
      ]);
    },
  };
}

/** How many updates could be parsed, of those of the last minute. */
export function parserCheck(stats: StatsReader, clock: Clock = systemClock): HealthCheck {
  const rates = new Rates(clock, ({ processed, filtered, deadLettered, parseErrors }) => ({
    good: processed + filtered + deadLettered,
    bad: parseErrors,
  }));
  return {
    name: 'parser',
    check: () => worstOf(Object.values(stats().pipelines).map((each) => rates.statusOf(each))),
  };
}

/** How many attempts of handlers succeeded, of those of the last minute, and whether a breaker is open. */
export function handlerCheck(stats: StatsReader, clock: Clock = systemClock): HealthCheck {
  const rates = new Rates(clock, ({ handlers }) => ({
    good: handlers.reduce((sum, { succeeded }) => sum + succeeded, 0),
    bad: handlers.reduce((sum, { failures }) => sum + failures, 0),
  }));
  return {
    name: 'handler',
    check: () =>
      worstOf(
        Object.values(stats().pipelines).flatMap((each) => [
          rates.statusOf(each),
          ...each.handlers.map(({ name, breaker }) => breakerStatus(`${each.id}.${name}`, breaker)),
        ]),
      ),
  };
}

/** How the source says that its connection is; healthy when it does not say. */
export function connectionCheck(source: { health?(): HealthStatus }): HealthCheck {
  return { name: 'connection', check: () => source.health?.() ?? HEALTHY };
}

const HEALTHY: HealthStatus = { status: 'healthy', score: 100 };

class Rates {
  readonly #windows = new Map<string, RateWindow>();
  readonly #clock: Clock;
  readonly #tallyOf: (stats: PipelineStats) => Tally;

  constructor(clock: Clock, tallyOf: (stats: PipelineStats) => Tally) {
    this.#clock = clock;
    this.#tallyOf = tallyOf;
  }

  statusOf(stats: PipelineStats): HealthStatus {
    let window = this.#windows.get(stats.id);
    if (window === undefined) {
      window = new RateWindow(RATE_LIMITS.windowMs, this.#clock);
      window.add({ good: 0, bad: 0 });
      this.#windows.set(stats.id, window);
    }
    const { good, bad } = window.add(this.#tallyOf(stats));
    if (good + bad < RATE_LIMITS.fewestSamples) return HEALTHY;
    const rate = good / (good + bad);
    const { degraded, unhealthy } = RATE_LIMITS;
    const status = rate < unhealthy ? 'unhealthy' : rate < degraded ? 'degraded' : 'healthy';
    const detail = `${bad} of the last ${good + bad} failed in ${stats.id}`;
    return { status, score: Math.round(rate * 100), detail };
  }
}

function fillOf(what: string, queued: number, capacity: number): HealthStatus {
  const share = capacity === 0 ? 0 : queued / capacity;
  const { degraded, unhealthy } = QUEUE_LIMITS;
  const status = share >= unhealthy ? 'unhealthy' : share >= degraded ? 'degraded' : 'healthy';
  // As in the score of a pool: up to half full costs nothing.
  const score = Math.round(100 * (1 - Math.max(0, 2 * Math.min(1, share) - 1)));
  return { status, score, detail: `${what} is ${Math.round(share * 100)} % full` };
}

const BREAKER_STATUS: Readonly<Record<string, readonly [HealthLevel, score: number]>> = {
  open: ['unhealthy', 0],
  isolated: ['unhealthy', 0],
  'half-open': ['degraded', 50],
};

function breakerStatus(handler: string, breaker: string): HealthStatus {
  const [status, score] = BREAKER_STATUS[breaker] ?? ['healthy', 100];
  return { status, score, detail: `the breaker of ${handler} is ${breaker}` };
}

/** The worst of several; of two that are as bad, the one with the lower score. */
function worstOf(statuses: readonly HealthStatus[]): HealthStatus {
  const rank = ({ status }: HealthStatus): number => LEVELS.indexOf(status);
  return statuses.reduce(
    (worst, each) =>
      rank(each) > rank(worst) || (rank(each) === rank(worst) && each.score < worst.score)
        ? each
        : worst,
    HEALTHY,
  );
}
