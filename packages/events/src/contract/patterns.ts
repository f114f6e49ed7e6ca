import type { BaseEvent } from './base.js';
import type { AnyEvent, EventMap, EventType } from './map.js';
import type { PoolEventOf } from './pool.js';

/** Short names of the three events most listened for. */
export interface EventAliases {
  /** `pool.instance_created` */
  instanceCreated: PoolEventOf<'instance_created'>;
  /** `pool.instance_unhealthy` whose `cause` is `check` */
  healthCheckFailed: PoolEventOf<'instance_unhealthy'>;
  /** `pool.memory_pressure` */
  memoryPressure: PoolEventOf<'memory_pressure'>;
}

/** What to listen for: a name, a short name, everything (`*`), or all names that begin with something (`pool.*`). */
export type EventPattern = EventType | keyof EventAliases | '*' | `${string}*`;

/** The events a pattern stands for. */
export type EventFor<Pattern extends string> = Pattern extends keyof EventAliases
  ? EventAliases[Pattern]
  : Pattern extends '*'
    ? AnyEvent
    : Pattern extends `${infer Prefix}*`
      ? OrBase<BeginningWith<Prefix, EventType>>
      : Pattern extends EventType
        ? EventMap[Pattern]
        : never;

/** `Prefix extends Type`: a prefix that goes deeper than an open family, such as `system.disk`. */
type BeginningWith<Prefix extends string, Type extends EventType> = Type extends EventType
  ? Type extends `${Prefix}${string}`
    ? EventMap[Type]
    : Prefix extends Type
      ? EventMap[Type]
      : never
  : never;

/** A family that the types do not know. */
type OrBase<Event> = [Event] extends [never] ? BaseEvent : Event;
