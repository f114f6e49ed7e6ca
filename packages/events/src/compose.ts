import { randomUUID } from 'node:crypto';
import type { BaseEvent } from './contract/base.js';
import type { AnyEvent, EventFields, EventType } from './contract/map.js';
import type { Severity } from './contract/severity.js';
import type { Timestamps } from './timestamps.js';

/** What completes an event. */
export interface Composition {
  readonly source: string;
  readonly timestamps: Timestamps;
}

/** Makes an event of what its publisher gave; a field that is `undefined` counts as not given. */
export function compose<Type extends EventType>(
  eventType: Type,
  severity: Severity,
  given: EventFields<Type>,
  { source, timestamps }: Composition,
): AnyEvent {
  const base: Partial<BaseEvent> = given;
  const event: BaseEvent & Record<string, unknown> = {
    eventId: base.eventId ?? randomUUID(),
    eventType,
    timestamp: base.timestamp ?? timestamps.now(),
    source: base.source ?? source,
    severity,
    metadata: base.metadata ?? NOTHING,
    context: base.context ?? NOTHING,
  };
  // For every event of every loan: a list of entries would cost more than all the rest.
  const fields = given as Record<string, unknown>;
  for (const field in fields) {
    if (!Object.hasOwn(fields, field) || BASE_FIELDS.has(field)) continue;
    const value = fields[field];
    if (value !== undefined) event[field] = value;
  }
  return event as unknown as AnyEvent;
}

const NOTHING = Object.freeze({});

const BASE_FIELDS: ReadonlySet<string> = new Set<keyof BaseEvent>([
  'eventId',
  'eventType',
  'timestamp',
  'source',
  'severity',
  'metadata',
  'context',
]);
