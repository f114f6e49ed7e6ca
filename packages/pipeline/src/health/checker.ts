import { type Clock, reasonOf, systemClock } from '@rockpool/core';
import type { HealthCheck, HealthReport, HealthStatus } from '../contract/ports.js';
import { every } from '../time/every.js';
import { SteadyLevel, worse } from './steady-level.js';

/** The options of a checker. */
export interface HealthCheckerOptions {
  readonly checks: readonly HealthCheck[];
  /** Between two rounds, in ms. Default 10,000. */
  readonly intervalMs?: number | undefined;
  /** Results in a row that change the status of a check, for worse and for better. Default 3. */
  readonly unhealthyThreshold?: number | undefined;
  /** Told after a round in which the status of anything changed. */
  readonly onChange?: ((report: HealthReport) => void) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

interface Watched {
  readonly check: HealthCheck;
  readonly steady: SteadyLevel;
  last: HealthStatus;
  /** Whether the last call has not answered. */
  pending: boolean;
}

/** Runs checks at an interval, and says how everything is. */
export class HealthChecker {
  readonly #watched: readonly Watched[];
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #onChange: ((report: HealthReport) => void) | undefined;
  #stop: (() => void) | undefined;

  constructor(options: HealthCheckerOptions) {
    const { checks, intervalMs = 10_000, unhealthyThreshold = 3 } = options;
    this.#watched = checks.map((check) => ({
      check,
      steady: new SteadyLevel(unhealthyThreshold),
      last: { status: 'healthy', score: 100 },
      pending: false,
    }));
    this.#intervalMs = intervalMs;
    this.#clock = options.clock ?? systemClock;
    this.#onChange = options.onChange;
  }

  /** Begins to check, the first time after one interval. */
  start(): void {
    this.#stop ??= every(this.#clock, this.#intervalMs, () => void this.round());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /**
   * Asks every check once. One that throws is unhealthy, and so is one that has not answered since the last round.
   * Never rejects.
   */
  async round(): Promise<HealthReport> {
    const before = this.#watched.map(({ steady }) => steady.level);
    await Promise.all(this.#watched.map(ask));
    const report = this.report();
    if (this.#watched.some(({ steady }, index) => steady.level !== before[index])) {
      this.#onChange?.(report);
    }
    return report;
  }

  /** What the rounds so far have found: the status is that of the worst check, the score the lowest. */
  report(): HealthReport {
    let status: HealthStatus['status'] = 'healthy';
    let score = 100;
    const checks: Record<string, HealthStatus> = {};
    const consecutiveFailures: Record<string, number> = {};
    const details: string[] = [];
    for (const { check, steady, last } of this.#watched) {
      checks[check.name] = { ...last, status: steady.level };
      consecutiveFailures[check.name] = steady.failures;
      status = worse(status, steady.level);
      score = Math.min(score, last.score);
      if (steady.level !== 'healthy') details.push(`${check.name}: ${last.detail ?? last.status}`);
    }
    const detail = details.length === 0 ? undefined : details.join('; ');
    return { status, score, checks, consecutiveFailures, detail };
  }
}

async function ask(watched: Watched): Promise<void> {
  if (watched.pending) {
    note(watched, {
      status: 'unhealthy',
      score: 0,
      detail: 'has not answered since the last check',
    });
    return;
  }
  watched.pending = true;
  try {
    const answer = watched.check.check();
    note(watched, isPromise(answer) ? await answer : answer);
  } catch (error) {
    note(watched, {
      status: 'unhealthy',
      score: 0,
      detail: `the check failed: ${reasonOf(error)}`,
    });
  } finally {
    watched.pending = false;
  }
}

function note(watched: Watched, result: HealthStatus): void {
  watched.last = result;
  watched.steady.add(result.status);
}

function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as { then?: unknown }).then === 'function';
}
