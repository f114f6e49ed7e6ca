import type { BaseEvent } from './base.js';
import type {
  ExtractionEventMap,
  HealthEventMap,
  MetricsEventMap,
  SystemEventMap,
} from './families.js';
import type { PoolEventMap } from './pool.js';

/**
 * Every event by its name. Add families of your own:
 *
 * @example
 * declare module '@rockpool/events' {
 *   interface EventMap {
 *     'billing.invoice_sent': BaseEvent<'billing.invoice_sent'> & { readonly invoice: string };
 *   }
 * }
 */
export interface EventMap
  extends PoolEventMap,
    ExtractionEventMap,
    HealthEventMap,
    MetricsEventMap,
    SystemEventMap {}

export type EventType = keyof EventMap;

/** Any event. */
export type AnyEvent = EventMap[EventType];

/** What the bus fills in when the publisher leaves it out. */
type FilledIn = Exclude<keyof BaseEvent, 'eventType'>;

/** What a publisher has to give of an event beside its name. */
export type EventFields<Type extends EventType> = Omit<EventMap[Type], keyof BaseEvent> &
  Partial<Pick<BaseEvent, FilledIn>>;

/** An event on its way in: what is missing of the base is filled in by the bus. */
export type EventDraft<Type extends EventType = EventType> = Type extends EventType
  ? { readonly eventType: Type } & EventFields<Type>
  : never;
