import { ManualClock, settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { EventBus, EventBusError, type Fault } from '../src/index.js';
import { publishNumbers } from './support.js';

const SYSTEM = { types: ['system.*'] } as const;

const never = (): Promise<never> => new Promise(() => undefined);

/** A bus with a clock that stands still, and what went wrong on it. */
function bench(options: ConstructorParameters<typeof EventBus>[0] = {}) {
  const clock = new ManualClock();
  const faults: Fault[] = [];
  const bus = new EventBus({ clock, onError: (fault) => faults.push(fault), ...options });
  return { clock, faults, bus };
}

describe('the register of handlers', () => {
  it('refuses a second handler of the same name and keeps the first', async () => {
    const { bus } = bench();
    const handled: string[] = [];
    bus.registerHandler('log', () => handled.push('first'));
    const again = (): unknown => bus.registerHandler('log', () => handled.push('second'));
    expect(again).toThrow(expect.objectContaining({ code: 'ERR_EVENTS_DUPLICATE_HANDLER' }));
    publishNumbers(bus, 1);
    await settle();
    expect(handled).toEqual(['first']);
  });

  it('refuses to unregister a name that nobody has, and tells those there are', () => {
    const { bus } = bench();
    bus.registerHandler('log', () => undefined);
    let caught: unknown;
    try {
      bus.unregisterHandler('lgo');
    } catch (error) {
      caught = error;
    }
    expect(EventBusError.is(caught, 'ERR_EVENTS_UNKNOWN_HANDLER')).toBe(true);
    expect(String(caught)).toContain('there are log');
  });

  it('lists names, and a name is free again after unregistering', async () => {
    const { bus } = bench();
    const handled: string[] = [];
    bus.registerHandler('a', () => handled.push('old'));
    const end = bus.registerHandler('b', () => undefined);
    expect(bus.handlerNames).toEqual(['a', 'b']);
    bus.unregisterHandler('a');
    end();
    end();
    expect(bus.handlerNames).toEqual([]);
    bus.registerHandler('a', () => handled.push('new'));
    publishNumbers(bus, 1);
    await settle();
    expect(handled).toEqual(['new']);
  });

  it('the function that ends a handler never ends a later one of the same name', () => {
    const { bus } = bench();
    const end = bus.registerHandler('a', () => undefined);
    bus.unregisterHandler('a');
    bus.registerHandler('a', () => undefined);
    end();
    expect(bus.handlerNames).toEqual(['a']);
  });

  it('drops what waits for a handler that is unregistered, and counts it as lost', async () => {
    const { bus } = bench();
    const handled: string[] = [];
    bus.registerHandler('a', (event) => handled.push(event.message), SYSTEM);
    publishNumbers(bus, 3);
    bus.unregisterHandler('a');
    await settle();
    expect(handled).toEqual([]);
    expect(bus.stats().lagged).toBe(3);
  });
});

describe('a handler', () => {
  it('is never called in the publisher’s call, and gets one event after the other', async () => {
    const { bus } = bench();
    const log: string[] = [];
    bus.registerHandler(
      'a',
      async (event) => {
        log.push(`begin ${event.message}`);
        await settle();
        log.push(`end ${event.message}`);
      },
      SYSTEM,
    );
    publishNumbers(bus, 2);
    expect(log).toEqual([]);
    await bus.close();
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1']);
  });

  it('gets what its patterns, its severity and its condition let through', async () => {
    const { bus } = bench();
    const handled: string[] = [];
    bus.registerHandler('a', (event) => handled.push(`${event.eventType} ${event.severity}`), {
      types: ['extraction.*', 'health.critical'],
      minSeverity: 'warn',
      where: (event) => event.source === 'rockpool',
    });
    const extraction = { url: 'u', extractionMode: 'full' };
    bus.publish({ eventType: 'extraction.started', ...extraction });
    bus.publish({ eventType: 'extraction.failed', ...extraction });
    bus.publish({ eventType: 'extraction.timeout', ...extraction, source: 'other' });
    bus.publish({ eventType: 'health.critical', component: 'c', status: 'critical' });
    bus.publish({ eventType: 'health.unhealthy', component: 'c', status: 'unhealthy' });
    await settle();
    expect(handled).toEqual(['extraction.failed error', 'health.critical critical']);
  });

  it('that hangs stalls neither the publisher nor other handlers, nor itself for longer than its limit', async () => {
    const { bus, clock, faults } = bench();
    const quick: string[] = [];
    let calls = 0;
    let told: unknown;
    bus.registerHandler(
      'hangs',
      (_event, { signal }) => {
        calls++;
        signal.addEventListener('abort', () => {
          told ??= signal.reason;
        });
        return never();
      },
      { timeoutMs: 100 },
    );
    bus.registerHandler('quick', (event) => quick.push(event.message), SYSTEM);
    publishNumbers(bus, 3);
    await settle();
    expect(quick).toEqual(['0', '1', '2']);
    expect(calls).toBe(1);
    await clock.advance(99);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(calls).toBe(2);
    expect(told).toMatchObject({ code: 'ERR_EVENTS_HANDLER_TIMEOUT', timeoutMs: 100 });
    await clock.advance(200);
    expect(bus.stats()).toMatchObject({ handlerTimeouts: 3, handlerErrors: 0 });
    expect(bus.stats().handlers['hangs']).toEqual({
      handled: 0,
      lagged: 0,
      errors: 0,
      timeouts: 3,
      buffered: 0,
    });
    expect(faults).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('that is slow loses the oldest of its own events, exactly counted, and nobody else’s', async () => {
    const { bus } = bench();
    const slow: string[] = [];
    const quick: string[] = [];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    bus.registerHandler(
      'slow',
      async (event) => {
        await gate;
        slow.push(event.message);
      },
      { ...SYSTEM, bufferSize: 4 },
    );
    bus.registerHandler('quick', (event) => quick.push(event.message), SYSTEM);
    publishNumbers(bus, 1);
    await settle();
    publishNumbers(bus, 20, 1);
    expect(bus.stats().handlers['slow']).toMatchObject({ buffered: 4, lagged: 16 });
    open();
    await settle();
    expect(slow).toEqual(['0', '17', '18', '19', '20']);
    expect(quick).toHaveLength(21);
    expect(bus.stats().lagged).toBe(16);
  });

  it('that throws or rejects is counted and told, and goes on with the next event', async () => {
    const { bus, faults } = bench();
    bus.registerHandler('throws', () => {
      throw new Error('thrown');
    });
    bus.registerHandler('rejects', () => Promise.reject(new Error('rejected')));
    publishNumbers(bus, 2);
    await settle();
    expect(bus.stats()).toMatchObject({ handlerErrors: 4, handlerTimeouts: 0 });
    expect(faults.map(({ who, name }) => `${who} ${name}`).sort()).toEqual([
      'handler rejects',
      'handler rejects',
      'handler throws',
      'handler throws',
    ]);
    expect(bus.stats().handlers['throws']).toMatchObject({ errors: 2, handled: 0 });
  });

  it('that fails after its time was up is told too, unless it fails with the reason it was given', async () => {
    const { bus, clock, faults } = bench();
    let failLate = (_error: Error): void => undefined;
    const late = new Promise<void>((_, reject) => {
      failLate = reject;
    });
    bus.registerHandler('late', () => late, { timeoutMs: 10 });
    bus.registerHandler(
      'obedient',
      (_event, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
      { timeoutMs: 10 },
    );
    bus.registerHandler(
      'stops',
      (_event, { signal }) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      { timeoutMs: 10 },
    );
    publishNumbers(bus, 1);
    await clock.advance(10);
    failLate(new Error('late'));
    await settle();
    expect(bus.stats()).toMatchObject({ handlerTimeouts: 3, handlerErrors: 1 });
    expect(bus.stats().handlers['stops']).toMatchObject({ handled: 0, timeouts: 1 });
    expect(faults.at(-1)).toMatchObject({ name: 'late', error: new Error('late') });
  });

  it('whose own publishing feeds it leaves timers their turn', async () => {
    const { bus } = bench();
    let calls = 0;
    bus.registerHandler('echo', () => {
      calls++;
      publishNumbers(bus, 1);
    });
    publishNumbers(bus, 1);
    await settle();
    await settle();
    expect(calls).toBeGreaterThan(0);
    bus.unregisterHandler('echo');
  });

  it('that is in time leaves no alarm behind', async () => {
    const { bus, clock } = bench();
    bus.registerHandler('quick', async () => undefined);
    publishNumbers(bus, 3);
    await bus.close();
    expect(bus.stats().handlers['quick']).toMatchObject({ handled: 3 });
    expect(clock.pending).toBe(0);
  });

  it('with timeoutMs 0 has all the time in the world', async () => {
    const { bus, clock } = bench();
    bus.registerHandler('patient', never, { timeoutMs: 0 });
    publishNumbers(bus, 1);
    await clock.advance(1e9);
    expect(bus.stats().handlerTimeouts).toBe(0);
  });
});

describe('closing a bus', () => {
  it('lets handlers work off what they received and hears nothing new', async () => {
    const { bus } = bench();
    const handled: string[] = [];
    const heard: string[] = [];
    bus.on('system.*', (event) => heard.push(event.message));
    bus.registerHandler(
      'a',
      async (event) => {
        await settle();
        handled.push(event.message);
      },
      SYSTEM,
    );
    publishNumbers(bus, 3);
    const closed = bus.close();
    publishNumbers(bus, 3, 10);
    await closed;
    expect(handled).toEqual(['0', '1', '2']);
    expect(heard).toEqual(['0', '1', '2']);
    expect(bus.stats()).toMatchObject({ isRunning: false, currentSubscribers: 0, listeners: 0 });
  });

  it('gives up on a handler that hangs after closeTimeoutMs, and tells it', async () => {
    const { bus, clock } = bench({ handlerTimeoutMs: 0, closeTimeoutMs: 50 });
    let reason: unknown;
    bus.registerHandler('hangs', (_event, { signal }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return never();
    });
    publishNumbers(bus, 2);
    let closed = false;
    const closing = bus.close().then(() => {
      closed = true;
    });
    await clock.advance(49);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(reason).toMatchObject({ code: 'ERR_EVENTS_CLOSED' });
    expect(bus.stats().lagged).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('may be called again, and afterwards refuses newcomers with ERR_EVENTS_CLOSED', async () => {
    const { bus } = bench();
    await Promise.all([bus.close(), bus.close(), bus[Symbol.asyncDispose]()]);
    const closed = expect.objectContaining({ code: 'ERR_EVENTS_CLOSED' });
    expect(() => bus.on('*', () => undefined)).toThrow(closed);
    expect(() => bus.subscribe()).toThrow(closed);
    expect(() => bus.registerHandler('a', () => undefined)).toThrow(closed);
    expect(() => publishNumbers(bus, 1)).not.toThrow();
  });
});

describe('the statistics of a bus', () => {
  it('show the buffer, who listens and whether it runs', () => {
    const bus = new EventBus();
    bus.on('*', () => undefined);
    bus.subscribe();
    bus.registerHandler('a', () => undefined);
    expect(bus.stats()).toEqual({
      bufferSize: 1_000,
      currentSubscribers: 1,
      isRunning: true,
      listeners: 1,
      observedPools: 0,
      published: 0,
      lagged: 0,
      listenerErrors: 0,
      handlerErrors: 0,
      handlerTimeouts: 0,
      handlers: { a: { handled: 0, lagged: 0, errors: 0, timeouts: 0, buffered: 0 } },
    });
  });
});
