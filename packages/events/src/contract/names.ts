import { suggestion } from '@rockpool/core';
import { UnknownEventTypeError } from '../errors.js';
import type { AnyEvent, EventType } from './map.js';
import type { EventAliases } from './patterns.js';
import type { PoolOperation, PressureLevel } from './pool.js';
import type { Severity } from './severity.js';

/** The operations of a pool, in the order of the documentation, with their severities. */
export const POOL_OPERATIONS: Readonly<Record<PoolOperation, Severity>> = {
  instance_created: 'info',
  instance_destroyed: 'info',
  instance_acquired: 'info',
  instance_released: 'info',
  instance_creation_failed: 'error',
  instance_unhealthy: 'warn',
  instance_healthy: 'debug',
  health_check: 'debug',
  memory_cleanup: 'debug',
  pool_warmup: 'info',
  pool_exhausted: 'warn',
  circuit_breaker_tripped: 'error',
  circuit_breaker_reset: 'info',
  memory_pressure: 'warn',
};

/** The event of each operation. Joined once: a text that is put together anew has to be hashed anew, at each look-up. */
export const POOL_EVENT_OF: Readonly<Record<PoolOperation, `pool.${PoolOperation}`>> =
  Object.fromEntries(
    (Object.keys(POOL_OPERATIONS) as PoolOperation[]).map((operation) => [
      operation,
      `pool.${operation}` as const,
    ]),
  ) as Record<PoolOperation, `pool.${PoolOperation}`>;

/** Every name of the closed families with the severity it has when the publisher gives none. */
export const EVENT_SEVERITIES: Readonly<Record<string, Severity>> = {
  ...Object.fromEntries(
    Object.entries(POOL_OPERATIONS).map(([operation, severity]) => [`pool.${operation}`, severity]),
  ),
  'extraction.started': 'info',
  'extraction.completed': 'info',
  'extraction.failed': 'error',
  'extraction.timeout': 'error',
  'extraction.fallback_used': 'warn',
  'health.healthy': 'info',
  'health.degraded': 'warn',
  'health.unhealthy': 'error',
  'health.critical': 'critical',
  'metrics.counter': 'info',
  'metrics.gauge': 'info',
  'metrics.histogram': 'info',
  'metrics.summary': 'info',
};

/** What a short name stands for: an event's name, and sometimes a condition on the event. */
export interface Alias {
  readonly type: EventType;
  readonly only?: (event: AnyEvent) => boolean;
}

export const EVENT_ALIASES: Readonly<Record<keyof EventAliases, Alias>> = {
  instanceCreated: { type: 'pool.instance_created' },
  healthCheckFailed: {
    type: 'pool.instance_unhealthy',
    only: (event) => 'cause' in event && event.cause === 'check',
  },
  memoryPressure: { type: 'pool.memory_pressure' },
};

/** The severity of an event whose publisher gives none; `info` for all events that are not ours. */
export function defaultSeverity(type: string): Severity {
  return SEVERITY_OF.get(type) ?? 'info';
}

/**
 * Refuses a name that nobody will ever publish: an unknown one in one of our families, or one without a family.
 * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
 */
export function checkType(type: string): void {
  if (Object.hasOwn(EVENT_SEVERITIES, type)) return;
  const dot = typeof type === 'string' ? type.indexOf('.') : -1;
  const family = dot > 0 && dot < type.length - 1 ? type.slice(0, dot) : undefined;
  if (family !== undefined && !CLOSED_FAMILIES.has(family)) return;
  throw new UnknownEventTypeError(String(type), suggestion(String(type), ALL_NAMES));
}

const SEVERITY_OF: ReadonlyMap<string, Severity> = new Map(Object.entries(EVENT_SEVERITIES));
const CLOSED_FAMILIES = new Set(['pool', 'extraction', 'health', 'metrics']);
const ALL_NAMES = [...Object.keys(EVENT_SEVERITIES), ...Object.keys(EVENT_ALIASES)];

/** How bad a level of memory pressure is. */
export const PRESSURE_SEVERITY: Readonly<Record<PressureLevel, Severity>> = {
  low: 'info',
  medium: 'info',
  high: 'warn',
  critical: 'error',
};
