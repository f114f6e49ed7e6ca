import { type Clock, systemClock } from '@rockpool/core';
import type { EventBus } from '@rockpool/events';
import type { ExtractionPool, SteerablePool } from '@rockpool/extraction';
import type { Registry } from 'prom-client';
import { prometheusRegistry } from '../metrics/prometheus.js';
import { wallTime } from '../time-of-day.js';
import { EventLog } from './event-log.js';
import { type CockpitSnapshot, takeSnapshot } from './snapshot.js';

/** What a cockpit is made of. */
export interface CockpitOptions {
  readonly extraction: ExtractionPool;
  /** The bus that the pools tell; the event log listens to it. */
  readonly bus: EventBus;
  /** Pools to be shown beside those of the extraction pool; the cockpit observes them on the bus. */
  readonly pools?: readonly SteerablePool[] | undefined;
  /** Events that a client can catch up with. Default 1,000. */
  readonly logSize?: number | undefined;
  /** The time, for the stream of snapshots and for time limits. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
  /** The time of day in ms since 1970. Default that of the system. */
  readonly timeOfDay?: (() => number) | undefined;
}

/** What an operator sees and steers: pools, extraction, events, metrics. The endpoints only translate it to HTTP. */
export class Cockpit {
  readonly extraction: ExtractionPool;
  readonly bus: EventBus;
  readonly log: EventLog;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly #extra: readonly SteerablePool[];
  readonly #timeOfDay: () => number;
  readonly #ends: (() => void)[] = [];
  readonly #watched = new Set<SteerablePool>();

  constructor({
    extraction,
    bus,
    pools = [],
    logSize = 1_000,
    clock = systemClock,
    timeOfDay = wallTime,
  }: CockpitOptions) {
    this.extraction = extraction;
    this.bus = bus;
    this.clock = clock;
    this.#extra = pools;
    this.#timeOfDay = timeOfDay;
    this.log = new EventLog(bus, logSize, () => clock.now());
    this.registry = prometheusRegistry({ pools: () => this.pools, extraction, bus });
    for (const pool of pools) {
      this.#ends.push(bus.observe(pool));
      this.#watchLeaks(pool);
    }
    this.#ends.push(extraction.breaker.onChange(({ from, to }) => this.#breakerMoved(from, to)));
  }

  /** Every pool of this moment. */
  get pools(): readonly SteerablePool[] {
    const pools = [...this.extraction.pools, ...this.#extra];
    for (const pool of pools) this.#watchLeaks(pool);
    return pools;
  }

  poolNamed(name: string): SteerablePool | undefined {
    return this.pools.find((pool) => pool.name === name);
  }

  snapshot(): CockpitSnapshot {
    return takeSnapshot(this.extraction, this.pools, this.#timeOfDay());
  }

  /** Stops to watch; the pools are their owner's to close. */
  close(): void {
    for (const end of this.#ends.splice(0)) end();
    this.log.close();
  }

  /** Leaks are no event of the bus's families: told as one of the system. */
  #watchLeaks(pool: SteerablePool): void {
    if (this.#watched.has(pool)) return;
    this.#watched.add(pool);
    const end = pool.on('leak', ({ heldMs, label, collected }) =>
      this.bus.publish('system.leak', () => ({
        severity: 'warn',
        source: pool.name,
        message: `a lease of ${pool.name} ${collected ? 'was dropped' : `is held for ${Math.round(heldMs)} ms`}${label === undefined ? '' : ` (${label})`}`,
      })),
    );
    this.#ends.push(end);
  }

  #breakerMoved(from: string, to: string): void {
    this.bus.publish('system.breaker', () => ({
      severity: to === 'open' ? 'error' : 'info',
      source: this.extraction.name,
      message: `the breaker went from ${from} to ${to}`,
    }));
  }
}
