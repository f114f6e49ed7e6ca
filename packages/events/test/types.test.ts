import { createPool } from '@rockpool/core';
import { describe, expectTypeOf, it } from 'vitest';
import type {
  AnyEvent,
  BaseEvent,
  EventFor,
  EventSubscription,
  EventType,
  ExtractionEvent,
  HealthEvent,
  PoolEvent,
  PoolEventOf,
  PressureLevel,
  SystemEvent,
} from '../src/index.js';
import { EventBus } from '../src/index.js';

declare module '../src/index.js' {
  interface EventMap {
    'billing.invoice_sent': BaseEvent<'billing.invoice_sent'> & { readonly invoice: string };
  }
}

describe('the types', () => {
  const bus = new EventBus();

  it('give a listener the event of its name', () => {
    bus.on('pool.instance_created', (event) => {
      expectTypeOf(event).toEqualTypeOf<PoolEventOf<'instance_created'>>();
      expectTypeOf(event.id).toEqualTypeOf<string>();
      expectTypeOf(event.eventType).toEqualTypeOf<'pool.instance_created'>();
    });
    bus.on('system.disk_full', (event) => expectTypeOf(event).toEqualTypeOf<SystemEvent>());
  });

  it('give the short names their fields', () => {
    bus.on('instanceCreated', ({ id }) => expectTypeOf(id).toEqualTypeOf<string>());
    bus.on('healthCheckFailed', ({ id, reason }) => {
      expectTypeOf(id).toEqualTypeOf<string>();
      expectTypeOf(reason).toEqualTypeOf<string>();
    });
    bus.on('memoryPressure', ({ level }) => expectTypeOf(level).toEqualTypeOf<PressureLevel>());
  });

  it('give a pattern the events it stands for', () => {
    expectTypeOf<EventFor<'pool.*'>>().toEqualTypeOf<PoolEvent>();
    expectTypeOf<EventFor<'*'>>().toEqualTypeOf<AnyEvent>();
    expectTypeOf<EventFor<'health.*'>['status']>().toEqualTypeOf<HealthEvent['status']>();
    expectTypeOf<EventFor<'system.disk*'>>().toEqualTypeOf<SystemEvent>();
    expectTypeOf<EventFor<'pool.circuit_breaker_*'>['eventType']>().toEqualTypeOf<
      'pool.circuit_breaker_tripped' | 'pool.circuit_breaker_reset'
    >();
    expectTypeOf<EventFor<'unknown.*'>>().toEqualTypeOf<BaseEvent>();
  });

  it('give a subscription and a handler the events of their types, and all events without', () => {
    const some = bus.subscribe({ types: ['extraction.*', 'pool.pool_warmup'] });
    expectTypeOf(some).toEqualTypeOf<
      EventSubscription<EventFor<'extraction.*'> | PoolEventOf<'pool_warmup'>>
    >();
    expectTypeOf(bus.subscribe()).toEqualTypeOf<EventSubscription<AnyEvent>>();
    expectTypeOf(bus.subscribe({ minSeverity: 'warn' })).toEqualTypeOf<
      EventSubscription<AnyEvent>
    >();
    bus.registerHandler('all', (event) => expectTypeOf(event).toEqualTypeOf<AnyEvent>());
    bus.registerHandler('some', (event) => expectTypeOf(event).toEqualTypeOf<PoolEvent>(), {
      types: ['pool.*'],
    });
  });

  it('narrow by the name of an event', () => {
    const look = (event: AnyEvent): void => {
      if (event.eventType === 'pool.memory_pressure') {
        expectTypeOf(event.level).toEqualTypeOf<PressureLevel>();
      }
      if (event.eventType === 'extraction.failed') {
        expectTypeOf(event).toEqualTypeOf<ExtractionEvent<'failed'>>();
      }
    };
    expectTypeOf(look).toBeFunction();
  });

  it('refuse names and fields that there are not', () => {
    expectTypeOf<'pool.instance_craeted'>().not.toExtend<EventType>();
    const wrong = (): void => {
      // @ts-expect-error there is no such event
      bus.publish({ eventType: 'pool.instance_craeted', poolId: 'p' });
      // @ts-expect-error the poolId is missing
      bus.publish({ eventType: 'pool.circuit_breaker_reset' });
      // @ts-expect-error the level is none
      bus.publish('pool.memory_pressure', () => ({ poolId: 'p', level: 'x' }));
      // @ts-expect-error there is no such event
      bus.on('instanceCraeted', () => undefined);
      // @ts-expect-error without types all events arrive, not only these
      bus.registerHandler<'pool.*'>('x', () => undefined, {});
    };
    expectTypeOf(wrong).toBeFunction();
  });

  it('take events of families of one’s own', () => {
    bus.on('billing.invoice_sent', ({ invoice }) => expectTypeOf(invoice).toEqualTypeOf<string>());
    bus.publish({ eventType: 'billing.invoice_sent', invoice: 'i1' });
  });

  it('let every pool be observed', () => {
    const pool = createPool(() => new Map<string, number>(), { autostart: false });
    expectTypeOf(bus.observe(pool)).toExtend<Disposable & (() => void)>();
  });
});
