import {
  type DestroyReason,
  PoolError,
  type PoolEvents,
  type ResourceInfo,
  reasonOf,
} from '@rockpool/core';
import type { EventFields, EventType } from '../contract/map.js';
import { POOL_EVENT_OF, POOL_OPERATIONS, PRESSURE_SEVERITY } from '../contract/names.js';
import type { BreakerMove } from '../contract/options.js';
import type { PoolOperation, PoolOperations, UnhealthyCause } from '../contract/pool.js';
import type { ResolvedObserveOptions } from '../contract/schema.js';
import type { Severity } from '../contract/severity.js';
import { metricsOf } from './metrics.js';
import type { ObservablePool } from './observable.js';
import { warmsUp, watchWarmup } from './warmup.js';

/** What an observer needs of its bus. */
export interface Publisher {
  heard(type: EventType, severity?: Severity): boolean;
  publish<Type extends EventType>(type: Type, build: () => EventFields<Type>): void;
}

/**
 * Translates the events of one pool into those of the bus. It listens to the pool only for what somebody wants to hear
 * from the bus, so that a pool whose events interest nobody stays on its fast path.
 */
export class PoolObserver<T> {
  readonly #pool: ObservablePool<T>;
  readonly #publisher: Publisher;
  readonly #options: ResolvedObserveOptions;
  readonly #feeds: readonly Feed[];

  constructor(pool: ObservablePool<T>, publisher: Publisher, options: ResolvedObserveOptions) {
    this.#pool = pool;
    this.#publisher = publisher;
    this.#options = options;
    this.#feeds = this.#makeFeeds();
    this.refresh();
  }

  /** Listens to what is wanted, and to nothing else. */
  refresh(): void {
    for (const feed of this.#feeds) {
      const wanted = feed.operations.some((operation) => this.#heard(operation));
      if (wanted && feed.stop === undefined) feed.stop = feed.start();
      else if (!wanted && feed.stop !== undefined) stop(feed);
    }
  }

  end(): void {
    for (const feed of this.#feeds) stop(feed);
  }

  #makeFeeds(): Feed[] {
    const pool = this.#pool;
    return [
      feed(['instance_created'], () => pool.on('create', (event) => this.#created(event))),
      feed(['instance_acquired'], () => pool.on('acquire', (event) => this.#acquired(event))),
      feed(['instance_released'], () =>
        pool.on('release', ({ info }) =>
          this.#tell('instance_released', () => ({ instanceId: info.uuid })),
        ),
      ),
      feed(['instance_creation_failed'], () =>
        pool.on('createError', (event) => this.#creationFailed(event)),
      ),
      feed(['health_check', 'instance_healthy', 'instance_unhealthy'], () =>
        pool.on('validate', (event) => this.#checked(event)),
      ),
      feed(['instance_unhealthy'], () =>
        pool.on('resetError', ({ info, error }) => this.#unhealthy(info, 'reset', reasonOf(error))),
      ),
      feed(['instance_unhealthy'], () =>
        pool.on('died', ({ info, error }) =>
          this.#unhealthy(info, 'died', error === undefined ? 'it died' : reasonOf(error)),
        ),
      ),
      feed(['instance_destroyed', 'instance_unhealthy', 'memory_cleanup'], () =>
        pool.on('destroy', ({ info, reason }) => this.#destroyed(info, reason)),
      ),
      feed(['memory_pressure'], () => pool.on('memory', (change) => this.#pressed(change))),
      feed(['pool_exhausted'], () =>
        pool.on('full', ({ waiting }) => this.#exhausted(waiting, 'waits')),
      ),
      feed(['pool_exhausted'], () => pool.on('acquireError', ({ error }) => this.#refused(error))),
      this.#warmupFeed(),
      ...this.#breakerFeeds(),
    ];
  }

  #warmupFeed(): Feed {
    const pool = this.#pool;
    let warm = !warmsUp(pool);
    const start = (): (() => void) => {
      // It may have warmed up while nobody wanted to know.
      warm ||= !warmsUp(pool);
      if (warm) return nothing;
      return watchWarmup(pool, (instances) => {
        warm = true;
        this.#tell('pool_warmup', () => ({ instances }));
      });
    };
    return feed(['pool_warmup'], start);
  }

  #breakerFeeds(): Feed[] {
    const { breaker } = this.#options;
    if (breaker === undefined) return [];
    const start = (): (() => void) => breaker.onChange((move) => this.#breakerMoved(move));
    return [feed(['circuit_breaker_tripped', 'circuit_breaker_reset'], start)];
  }

  #created({ info, tookMs }: PoolEvents<T>['create']): void {
    this.#tell('instance_created', () => ({ id: info.uuid, instanceId: info.uuid, tookMs }));
  }

  #acquired({ info, waitedMs, direct }: PoolEvents<T>['acquire']): void {
    this.#tell('instance_acquired', () => ({ instanceId: info.uuid, waitedMs, direct }));
  }

  #creationFailed({ error, attempt, retryInMs }: PoolEvents<T>['createError']): void {
    this.#tell('instance_creation_failed', () => ({
      reason: reasonOf(error),
      attempt,
      retryInMs: retryInMs ?? null,
    }));
  }

  #checked({ info, phase, ok, health, error }: PoolEvents<T>['validate']): void {
    this.#tell('health_check', () => ({ instanceId: info.uuid, ok, phase, health }));
    if (ok) this.#tell('instance_healthy', () => ({ instanceId: info.uuid, health }));
    else this.#unhealthy(info, 'check', reasonOf(error));
  }

  #unhealthy(info: ResourceInfo, cause: UnhealthyCause, reason: string): void {
    this.#tell('instance_unhealthy', () => ({
      id: info.uuid,
      instanceId: info.uuid,
      reason,
      cause,
    }));
  }

  #destroyed(info: ResourceInfo, reason: DestroyReason): void {
    if (reason === 'unhealthy') {
      this.#unhealthy(info, 'score', `its score fell to ${info.health}`);
    }
    this.#tell('instance_destroyed', () => ({ instanceId: info.uuid, reason }));
    if (SAVES_MEMORY.has(reason)) {
      this.#tell('memory_cleanup', () => ({ instanceId: info.uuid, reason }));
    }
  }

  #pressed({ from, to: level, ...bytes }: PoolEvents<T>['memory']): void {
    const severity = PRESSURE_SEVERITY[level];
    this.#tell('memory_pressure', () => ({ from, level, ...bytes, severity }));
  }

  #refused(error: PoolError): void {
    const full =
      PoolError.is(error, 'ERR_POOL_EXHAUSTED') || PoolError.is(error, 'ERR_POOL_QUEUE_FULL');
    if (full) this.#exhausted(error.counts?.waiting ?? 0, 'refused');
  }

  #exhausted(waiting: number, fate: 'waits' | 'refused'): void {
    this.#tell('pool_exhausted', () => ({ waiting, refused: fate === 'refused' }));
  }

  #breakerMoved({ from, to, error }: BreakerMove): void {
    if (to === 'closed') this.#tell('circuit_breaker_reset', () => ({}));
    if (!REFUSING.has(to) || REFUSING.has(from)) return;
    const reason = error === undefined ? `it was set to ${to}` : reasonOf(error);
    this.#tell('circuit_breaker_tripped', () => ({ reason }));
  }

  #heard(operation: PoolOperation): boolean {
    // How bad memory pressure is depends on its level.
    const severity = operation === 'memory_pressure' ? undefined : POOL_OPERATIONS[operation];
    return this.#publisher.heard(POOL_EVENT_OF[operation], severity);
  }

  #tell<Operation extends PoolOperation>(
    operation: Operation,
    fields: () => Fields<Operation>,
  ): void {
    if (!this.#heard(operation)) return;
    const { poolId = this.#pool.name, metadata, context } = this.#options;
    const build = () => {
      const told = { source: 'pool', metadata, context, poolId, ...fields() };
      return this.#measures(operation) ? { ...told, metrics: metricsOf(this.#pool.stats()) } : told;
    };
    // The compiler does not see through the mapped type that the event's name leads back to these fields.
    this.#publisher.publish<EventType>(POOL_EVENT_OF[operation], build as unknown as () => never);
  }

  #measures(operation: PoolOperation): boolean {
    const { metrics } = this.#options;
    return metrics === 'all' || (metrics === 'pool' && ABOUT_THE_POOL.has(operation));
  }
}

type Fields<Operation extends PoolOperation> = PoolOperations[Operation] & {
  readonly instanceId?: string;
};

/** One listener on the pool, and what it is for. */
interface Feed {
  readonly operations: readonly PoolOperation[];
  readonly start: () => () => void;
  stop: (() => void) | undefined;
}

const SAVES_MEMORY = new Set<DestroyReason>(['idle', 'surplus', 'shrink', 'memory']);
/** States in which a breaker refuses calls. */
const REFUSING = new Set(['open', 'isolated']);
const ABOUT_THE_POOL = new Set<PoolOperation>(['pool_warmup', 'pool_exhausted']);

function feed(operations: readonly PoolOperation[], start: () => () => void): Feed {
  return { operations, start, stop: undefined };
}

function stop(feed: Feed): void {
  feed.stop?.();
  feed.stop = undefined;
}

function nothing(): void {}
