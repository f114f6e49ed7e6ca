import type { MaybePromise } from '../contract/poolable.js';
import { reasonOf } from '../errors.js';
import { pressureOf } from '../policy/pressure.js';
import type { TimerHandle } from '../time/clock.js';
import { crossingOf } from './forecast.js';
import { HEALTH_THRESHOLDS, type HealthLevel, type HealthSigns, judge } from './level.js';
import {
  type HealthMonitorOptions,
  type MonitorFault,
  type ResolvedMonitorOptions,
  resolveMonitorOptions,
} from './options.js';
import type { HealthReading, HealthSource, Remedy } from './reading.js';
import { remedyFor } from './remedy.js';
import { healthScore } from './score.js';
import {
  type HealthForecast,
  type HealthSummary,
  type PoolHealthStatus,
  summaryOf,
} from './status.js';
import { trendOf } from './trend.js';
import { ReadingWindow, type WindowDelta } from './window.js';

/** The level went from one to another. */
export interface HealthChange {
  readonly from: HealthLevel | undefined;
  readonly to: HealthLevel;
  readonly status: PoolHealthStatus;
}

/** A remedy was carried out. */
export interface RemedyReport {
  readonly remedy: Remedy;
  /** Resources that were ended. */
  readonly ended: number;
}

/** Checks that are remembered. */
const HISTORY = 100;
/** Points that a forecast looks at; more would only make it slower to notice a change. */
const FORECAST_POINTS = 20;

/**
 * Watches a pool: says how well it is, where it is going, and when it will be worse.
 *
 * @example
 * const monitor = new PoolHealthMonitor({ name: 'pages', read: () => poolReading(pool.stats()) });
 * monitor.onChange(({ to, status }) => log.warn(`${status.name} is ${to}: ${status.because}`));
 * monitor.start();
 */
export class PoolHealthMonitor implements Disposable {
  readonly #source: HealthSource;
  readonly #options: ResolvedMonitorOptions;
  readonly #window: ReadingWindow;
  readonly #history: PoolHealthStatus[] = [];
  readonly #onCheck = new Set<(status: PoolHealthStatus) => void>();
  readonly #onChange = new Set<(change: HealthChange) => void>();
  readonly #onRemedy = new Set<(report: RemedyReport) => void>();
  readonly #warned = new Set<MonitorFault>();
  #timer: TimerHandle | undefined;

  /**
   * What the source has counted before is not looked at: the first window begins now.
   * @throws PoolOptionsError `ERR_POOL_OPTIONS`
   */
  constructor(source: HealthSource, options: HealthMonitorOptions = {}) {
    this.#source = source;
    this.#options = resolveMonitorOptions(options);
    this.#window = new ReadingWindow(this.#options.windowMs);
    this.#window.add(this.#options.clock.now(), source.read());
  }

  /** Whether it checks by itself. */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** The last 100 checks, from old to new. */
  get history(): readonly PoolHealthStatus[] {
    return [...this.#history];
  }

  /** The last check, if there was one. */
  get last(): PoolHealthStatus | undefined {
    return this.#history.at(-1);
  }

  /** Checks now, and then every `intervalMs`. Holds no process. Calling it again does nothing. */
  start(): void {
    if (this.running) return;
    this.#arm();
    this.#checkQuietly();
  }

  /** Ends what `start` began; the history stays. */
  stop(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * How the pool is at this moment. Leaves no trace: neither history, nor events, nor remedies.
   * @throws whatever the source throws
   */
  currentHealth(): PoolHealthStatus {
    return this.#look(this.#options.clock.now(), this.#source.read());
  }

  /**
   * Makes a check: remembers it, tells those who listen, and carries out the remedy that it asks for.
   * @throws whatever the source throws
   */
  check(): PoolHealthStatus {
    const now = this.#options.clock.now();
    const reading = this.#source.read();
    const status = this.#look(now, reading);
    const from = this.last?.level;
    this.#window.add(now, reading);
    this.#history.push(status);
    if (this.#history.length > HISTORY) this.#history.shift();
    for (const listener of this.#onCheck) this.#tell(() => listener(status));
    if (from !== status.level) {
      for (const listener of this.#onChange)
        this.#tell(() => listener({ from, to: status.level, status }));
    }
    this.#remedy(status);
    return status;
  }

  /** The last check in few words, or that there was none. */
  summary(): HealthSummary | { readonly status: 'unknown'; readonly message: string } {
    const { last } = this;
    if (last === undefined) return { status: 'unknown', message: 'No health data available' };
    return summaryOf(last);
  }

  /** Listens to checks; the returned function ends it. */
  onCheck(listener: (status: PoolHealthStatus) => void): () => void {
    this.#onCheck.add(listener);
    return () => this.#onCheck.delete(listener);
  }

  /** Listens to changes of the level, the first check included; the returned function ends it. */
  onChange(listener: (change: HealthChange) => void): () => void {
    this.#onChange.add(listener);
    return () => this.#onChange.delete(listener);
  }

  /** Listens to remedies that were carried out; the returned function ends it. */
  onRemedy(listener: (report: RemedyReport) => void): () => void {
    this.#onRemedy.add(listener);
    return () => this.#onRemedy.delete(listener);
  }

  #arm(): void {
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.setTimeout(() => {
      this.#arm();
      this.#checkQuietly();
    }, intervalMs);
    this.#timer.unref?.();
  }

  #checkQuietly(): void {
    try {
      this.check();
    } catch (error) {
      this.#failed(error, 'read');
    }
  }

  #look(now: number, reading: HealthReading): PoolHealthStatus {
    const delta = this.#window.delta(now, reading);
    const signs = signsOf(reading, delta);
    const { level, because } = judge(signs);
    const avgWaitMs = delta.waits === 0 ? 0 : delta.waitMs / delta.waits;
    return {
      name: this.#source.name,
      level,
      because,
      score: healthScore(signs, reading.breaker),
      trend: trendOf([...this.#history.map((each) => each.level), level]),
      forecast: this.#forecast({ at: now, signs, avgWaitMs }),
      signs,
      availableInstances: reading.available,
      activeInstances: reading.active,
      maxInstances: reading.max,
      memory: {
        usedBytes: reading.memoryBytes,
        limitBytes: reading.memoryLimitBytes,
        share: signs.memory,
        pressure: pressureOf(signs.memory),
      },
      breaker: reading.breaker,
      avgWaitMs,
      totalCalls: reading.successes + reading.failures,
      windowMs: delta.spanMs,
      at: now,
      lastCheck: new Date(this.#options.timeOfDay()).toISOString(),
    };
  }

  #forecast(present: Foreseeable): HealthForecast[] {
    const seen = [...this.#history.slice(1 - FORECAST_POINTS), present];
    const ahead = (
      sign: HealthForecast['sign'],
      valueIn: (each: Foreseeable) => number,
      limits: readonly number[],
    ): HealthForecast[] => {
      const points = seen.map((each) => ({ at: each.at, value: valueIn(each) }));
      const crossing = crossingOf(points, limits);
      return crossing === undefined ? [] : [{ sign, ...crossing }];
    };
    return [
      ...ahead('utilization', ({ signs }) => signs.utilization, limitsOf('utilization')),
      ...ahead('memory', ({ signs }) => signs.memory, limitsOf('memory')),
      ...ahead('wait', ({ avgWaitMs }) => avgWaitMs, this.#options.waitLimitsMs),
    ].sort((a, b) => a.inMs - b.inMs);
  }

  #remedy(status: PoolHealthStatus): void {
    const remedy = remedyFor(status);
    if (remedy === undefined || this.#options.remedies === 'none') return;
    if (this.#source.remedy === undefined) return;
    const done = (ended: number): void => {
      for (const listener of this.#onRemedy) this.#tell(() => listener({ remedy, ended }));
    };
    const failed = (error: unknown): void => this.#failed(error, 'remedy');
    try {
      const answer: MaybePromise<number> = this.#source.remedy(remedy);
      if (typeof answer === 'number') done(answer);
      else answer.then(done, failed);
    } catch (error) {
      failed(error);
    }
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#failed(error, 'listener');
    }
  }

  #failed(error: unknown, during: MonitorFault): void {
    const { onError } = this.#options;
    if (onError !== undefined) {
      onError(error, during);
      return;
    }
    if (this.#warned.has(during)) return;
    this.#warned.add(during);
    const { name } = this.#source;
    process.emitWarning(
      `${name}: its health monitor met an error (${during}): ${reasonOf(error)}`,
      {
        code: 'ROCKPOOL_HEALTH',
      },
    );
  }
}

type Foreseeable = Pick<PoolHealthStatus, 'at' | 'signs' | 'avgWaitMs'>;

function limitsOf(sign: keyof HealthSigns): number[] {
  const limits = HEALTH_THRESHOLDS.find((each) => each.sign === sign)?.limits ?? [];
  return limits.flatMap((limit) => (limit === undefined ? [] : [limit]));
}

function signsOf(reading: HealthReading, delta: WindowDelta): HealthSigns {
  const { memoryBytes, memoryLimitBytes } = reading;
  return {
    successRate: delta.calls === 0 ? 1 : delta.successes / delta.calls,
    fallbackRate: delta.calls === 0 ? 0 : delta.fallbacks / delta.calls,
    utilization: reading.utilization,
    memory: memoryLimitBytes === undefined ? 0 : memoryBytes / memoryLimitBytes,
    breakerTrips: delta.breakerTrips,
    hardTimeouts: delta.hardTimeouts,
    processingMs: delta.calls === 0 ? 0 : delta.processingMs / delta.calls,
  };
}
