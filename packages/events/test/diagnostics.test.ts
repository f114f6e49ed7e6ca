import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { type AnyEvent, DIAGNOSTICS_CHANNEL, EventBus, tapDiagnostics } from '../src/index.js';
import { publishNumbers } from './support.js';

const seen: [string, AnyEvent][] = [];
const record = (message: unknown, name: string | symbol): void => {
  seen.push([String(name), message as AnyEvent]);
};

afterEach(() => {
  unsubscribe(DIAGNOSTICS_CHANNEL, record);
  unsubscribe('mine', record);
  seen.length = 0;
});

describe('the diagnostics tap', () => {
  it('passes events on to the channel until it is ended', () => {
    const bus = new EventBus();
    subscribe(DIAGNOSTICS_CHANNEL, record);
    const end = tapDiagnostics(bus);
    publishNumbers(bus, 2);
    end();
    publishNumbers(bus, 1);
    expect(seen.map(([name, event]) => [name, event.eventType])).toEqual([
      ['rockpool:events', 'system.number'],
      ['rockpool:events', 'system.number'],
    ]);
    expect(bus.heard('system.number')).toBe(false);
  });

  it('passes on what its filter lets through, to the channel it is given', () => {
    const bus = new EventBus();
    subscribe('mine', record);
    tapDiagnostics(bus, { channel: 'mine', types: ['health.*'], minSeverity: 'error' });
    publishNumbers(bus, 1);
    bus.publish({ eventType: 'health.degraded', component: 'c', status: 'degraded' });
    bus.publish({ eventType: 'health.critical', component: 'c', status: 'critical' });
    expect(bus.heard('system.number')).toBe(false);
    expect(seen.map(([, event]) => event.eventType)).toEqual(['health.critical']);
    expect(channel(DIAGNOSTICS_CHANNEL).hasSubscribers).toBe(false);
  });
});
