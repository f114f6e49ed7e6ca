import { settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { type AnyEvent, EventBus, EventBusError, type Fault, type Severity } from '../src/index.js';
import { namesOn } from './support.js';

const publishAll = (bus: EventBus): void => {
  bus.publish({
    eventType: 'pool.pool_exhausted',
    poolId: 'p',
    waiting: 1,
    refused: false,
  });
  bus.publish({ eventType: 'pool.circuit_breaker_tripped', poolId: 'p', reason: 'r' });
  bus.publish({ eventType: 'pool.circuit_breaker_reset', poolId: 'p' });
  bus.publish({ eventType: 'extraction.started', url: 'u', extractionMode: 'article' });
  bus.publish({ eventType: 'health.critical', component: 'c', status: 'critical' });
  bus.publish({ eventType: 'metrics.gauge', metricName: 'm', metricValue: 1, tags: {} });
  bus.publish({ eventType: 'system.disk_full', message: 'full' });
};

describe('patterns', () => {
  it.each([
    ['pool.pool_exhausted', ['pool.pool_exhausted']],
    [
      'pool.*',
      ['pool.pool_exhausted', 'pool.circuit_breaker_tripped', 'pool.circuit_breaker_reset'],
    ],
    ['pool.circuit_*', ['pool.circuit_breaker_tripped', 'pool.circuit_breaker_reset']],
    ['system.*', ['system.disk_full']],
    ['system.disk_full', ['system.disk_full']],
    ['nobody.*', []],
    [
      '*',
      [
        'pool.pool_exhausted',
        'pool.circuit_breaker_tripped',
        'pool.circuit_breaker_reset',
        'extraction.started',
        'health.critical',
        'metrics.gauge',
        'system.disk_full',
      ],
    ],
  ] as const)('%s matches exactly the names it stands for', (pattern, expected) => {
    const bus = new EventBus();
    const names = namesOn(bus, pattern);
    publishAll(bus);
    expect(names).toEqual(expected);
  });

  it('receives an event once when several patterns of one list match it', () => {
    const bus = new EventBus();
    const names: string[] = [];
    bus.on(['*', 'pool.*', 'system.disk_full'], (event) => names.push(event.eventType));
    publishAll(bus);
    expect(names).toHaveLength(7);
  });

  it('calls listeners in the order in which they came, whatever their patterns', () => {
    const bus = new EventBus();
    const order: string[] = [];
    bus.on('*', () => order.push('all'));
    bus.on('system.a', () => order.push('exact'));
    bus.publish({ eventType: 'system.a', message: '' });
    bus.on('system.*', () => order.push('prefix'));
    bus.publish({ eventType: 'system.a', message: '' });
    expect(order).toEqual(['all', 'exact', 'all', 'exact', 'prefix']);
  });

  it.each([
    ['pool.instance_craeted', "did you mean 'pool.instance_created'?"],
    ['instanceCreate', "did you mean 'instanceCreated'?"],
    ['health.ok', 'names look like'],
    ['nonsense', 'names look like'],
    ['.x', 'names look like'],
  ])('refuses %s, which nobody will ever publish', (name, hint) => {
    const bus = new EventBus();
    expect(() => bus.on(name as 'pool.*', () => undefined)).toThrow(
      expect.objectContaining({
        code: 'ERR_EVENTS_UNKNOWN_TYPE',
        message: expect.stringContaining(hint),
      }),
    );
    expect(() => bus.publish({ eventType: name as 'system.x', message: '' })).toThrow(
      EventBusError,
    );
    expect(bus.stats().listeners).toBe(0);
  });

  it('takes names of families it does not know', () => {
    const bus = new EventBus();
    const names = namesOn(bus, 'billing.*');
    bus.publish({ eventType: 'billing.invoice_sent' as 'system.x', message: '' });
    expect(names).toEqual(['billing.invoice_sent']);
  });

  it('keeps working when a publisher makes up names without end', () => {
    const bus = new EventBus();
    const names = namesOn(bus, 'system.*');
    for (let n = 0; n < 2_500; n++) bus.publish({ eventType: `system.${n}`, message: '' });
    bus.publish({ eventType: 'system.0', message: '' });
    expect(names).toHaveLength(2_501);
  });
});

describe('severities', () => {
  const severities: Severity[] = ['debug', 'info', 'warn', 'error', 'critical'];
  const heardWith = (filter: Parameters<EventBus['on']>[2]): Severity[] => {
    const bus = new EventBus();
    const heard: Severity[] = [];
    bus.on('*', (event: AnyEvent) => heard.push(event.severity), filter);
    for (const severity of severities) {
      bus.publish({ eventType: 'system.x', message: '', severity });
    }
    return heard;
  };

  it('minSeverity lets that severity and those above through', () => {
    expect(heardWith({ minSeverity: 'warn' })).toEqual(['warn', 'error', 'critical']);
  });

  it('severities lets exactly those through', () => {
    expect(heardWith({ severities: ['info', 'critical'] })).toEqual(['info', 'critical']);
  });

  it('both together have to be met', () => {
    expect(heardWith({ severities: ['info', 'critical'], minSeverity: 'warn' })).toEqual([
      'critical',
    ]);
  });

  it('a listener that hears some severities of a name leaves the others to the rest', () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.on('system.x', () => heard.push('errors'), { minSeverity: 'error' });
    const end = bus.on('system.x', () => heard.push('all'));
    bus.publish({ eventType: 'system.x', message: '' });
    end();
    bus.publish({ eventType: 'system.x', message: '' });
    bus.publish({ eventType: 'system.x', message: '', severity: 'error' });
    expect(heard).toEqual(['all', 'errors']);
  });

  it('refuses a severity that there is not', () => {
    const bus = new EventBus();
    namesOn(bus);
    const publish = (): void =>
      bus.publish({ eventType: 'system.x', message: '', severity: 'fatal' as Severity });
    expect(publish).toThrow('severity: must be one of debug, info');
  });

  it('refuses a filter with an unknown key and says what was meant', () => {
    const bus = new EventBus();
    expect(() => bus.on('*', () => undefined, { minSeverty: 'warn' } as object)).toThrow(
      'did you mean minSeverity?',
    );
  });
});

describe('listeners', () => {
  const number = { eventType: 'system.x', message: '' } as const;

  it('on() ends by the function it returns, by using, and by off()', () => {
    const bus = new EventBus();
    let calls = 0;
    const listener = (): number => calls++;
    const end = bus.on('*', listener);
    bus.publish(number);
    end();
    end();
    bus.publish(number);
    expect(calls).toBe(1);
    {
      using _scope = bus.on('*', listener);
      bus.publish(number);
    }
    bus.publish(number);
    expect(calls).toBe(2);
    bus.on('*', listener);
    bus.on('*', listener);
    bus.on('system.*', listener);
    bus.off('*', listener);
    bus.publish(number);
    expect(calls).toBe(3);
    expect(bus.stats().listeners).toBe(1);
  });

  it('once() hears the first event that passes its filter', () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.once('system.x', (event) => heard.push(event.message), {
      where: (event) => event.message !== 'a',
    });
    for (const message of ['a', 'b', 'c']) bus.publish({ eventType: 'system.x', message });
    expect(heard).toEqual(['b']);
    expect(bus.stats().listeners).toBe(0);
  });

  it('once() is not heard again by an event that its listener publishes', () => {
    const bus = new EventBus();
    let calls = 0;
    bus.once('system.x', () => {
      calls++;
      bus.publish(number);
    });
    bus.publish(number);
    expect(calls).toBe(1);
  });

  it('a listener removed by an earlier one does not hear the event on its way', () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.on('*', () => end());
    const end = bus.on('*', () => heard.push('removed'));
    bus.on('*', () => heard.push('last'));
    bus.publish(number);
    expect(heard).toEqual(['last']);
  });

  it('a listener that throws, rejects or has a bad condition is counted and told; others run', async () => {
    const faults: Fault[] = [];
    const bus = new EventBus({ onError: (fault) => faults.push(fault) });
    const bad = new Error('bad');
    bus.on('*', () => {
      throw bad;
    });
    bus.on('system.*', async () => {
      throw bad;
    });
    bus.on('system.x', () => undefined, {
      where: () => {
        throw bad;
      },
    });
    const names = namesOn(bus);
    bus.publish(number);
    await settle();
    expect(names).toEqual(['system.x']);
    expect(bus.stats().listenerErrors).toBe(3);
    expect(faults.map(({ who, name, error }) => [who, name, error === bad])).toEqual([
      ['listener', '*', true],
      ['listener', 'system.x', true],
      ['listener', 'system.*', true],
    ]);
    expect(faults[0]?.event?.eventType).toBe('system.x');
  });

  it('an error sink that throws becomes a process warning and disturbs nobody', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const bus = new EventBus({
      onError: () => {
        throw new Error('sink');
      },
    });
    bus.on('*', () => {
      throw new Error('first');
    });
    const names = namesOn(bus);
    bus.publish(number);
    expect(names).toEqual(['system.x']);
    expect((await warned).message).toContain("listener '*' failed on system.x: first");
  });
});

describe('an event', () => {
  it('is plain data with the whole base, and the same after JSON and structuredClone', () => {
    const bus = new EventBus({ timeOfDay: () => Date.UTC(2025, 0, 2, 3, 4, 5, 6), source: 'app' });
    const events: AnyEvent[] = [];
    bus.on('*', (event) => events.push(event));
    bus.publish({
      eventType: 'extraction.failed',
      url: 'https://a.example/',
      extractionMode: 'full',
      errorDetails: 'broken',
      context: { requestId: 'r1' },
    });
    const [event] = events;
    expect(event).toEqual({
      eventId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/),
      eventType: 'extraction.failed',
      timestamp: '2025-01-02T03:04:05.006Z',
      source: 'app',
      severity: 'error',
      metadata: {},
      context: { requestId: 'r1' },
      url: 'https://a.example/',
      extractionMode: 'full',
      errorDetails: 'broken',
    });
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
    expect(structuredClone(event)).toEqual(event);
  });

  it('keeps what a relay gives of the base, and fills in what is undefined', () => {
    const bus = new EventBus();
    const events: AnyEvent[] = [];
    bus.on('*', (event) => events.push(event));
    const given = { eventId: 'e1', timestamp: '2020-01-01T00:00:00.000Z', source: undefined };
    bus.publish({ eventType: 'system.x', message: '', ...(given as { eventId: string }) });
    expect(events[0]).toMatchObject({
      eventId: 'e1',
      timestamp: given.timestamp,
      source: 'rockpool',
    });
  });

  it('takes what the publisher gave itself, and nothing that is inherited or undefined', () => {
    const bus = new EventBus();
    const events: AnyEvent[] = [];
    bus.on('*', (event) => events.push(event));
    const given = Object.assign(Object.create({ inherited: 1 }) as object, {
      message: 'hello',
      missing: undefined,
    });
    bus.publish('system.x', () => given);
    expect(Object.keys(events[0] ?? {})).toEqual([
      'eventId',
      'eventType',
      'timestamp',
      'source',
      'severity',
      'metadata',
      'context',
      'message',
    ]);
  });

  it.each([
    ['extraction.started', 'info'],
    ['extraction.completed', 'info'],
    ['extraction.failed', 'error'],
    ['extraction.timeout', 'error'],
    ['extraction.fallback_used', 'warn'],
    ['health.healthy', 'info'],
    ['health.degraded', 'warn'],
    ['health.unhealthy', 'error'],
    ['health.critical', 'critical'],
    ['metrics.counter', 'info'],
    ['metrics.gauge', 'info'],
    ['metrics.histogram', 'info'],
    ['metrics.summary', 'info'],
    ['system.anything', 'info'],
  ] as const)('%s has the severity %s unless its publisher says otherwise', (type, severity) => {
    const bus = new EventBus();
    const heard: Severity[] = [];
    bus.on('*', (event) => heard.push(event.severity));
    bus.publish({ eventType: type as 'system.x', message: '' });
    bus.publish({ eventType: type as 'system.x', message: '', severity: 'debug' });
    expect(heard).toEqual([severity, 'debug']);
  });

  it('is not made when nobody wants it', () => {
    const bus = new EventBus();
    let made = 0;
    const publish = (): void =>
      bus.publish('pool.circuit_breaker_reset', () => {
        made++;
        return { poolId: 'p' };
      });
    publish();
    bus.on('pool.circuit_breaker_tripped', () => undefined);
    publish();
    expect(made).toBe(0);
    const end = bus.on('pool.*', () => undefined, { minSeverity: 'error' });
    expect(bus.heard('pool.circuit_breaker_reset')).toBe(true);
    expect(bus.heard('pool.circuit_breaker_reset', 'info')).toBe(false);
    publish();
    expect(bus.stats().published).toBe(0);
    end();
    bus.on('pool.*', () => undefined);
    made = 0;
    publish();
    expect(made).toBe(1);
    expect(bus.stats().published).toBe(1);
  });
});

describe('the options of a bus', () => {
  it('are checked at once, all together', () => {
    const make = (): EventBus => new EventBus({ bufferSize: 0, bufferSiz: 3 } as object);
    expect(make).toThrow(/bufferSize: must be at least 1.*did you mean bufferSize\?/);
  });

  it('refuse a listener and a handler that are no functions', () => {
    const bus = new EventBus();
    expect(() => bus.on('*', 'x' as never)).toThrow('listener: must be a function');
    expect(() => bus.registerHandler('h', undefined as never)).toThrow(
      'handle: must be a function',
    );
    expect(bus.stats()).toMatchObject({ listeners: 0, handlers: {} });
  });
});
