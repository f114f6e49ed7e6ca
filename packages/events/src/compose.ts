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
  for (const [field, value] of Object.entries<unknown>(given)) {
    if (value !== undefined && !Object.hasOwn(event, field)) event[field] = value;
  }
  return event as unknown as AnyEvent;
}

const NOTHING = Object.freeze({});
