import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settle } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { EventBus, type Fault, SubscriberLaggedError } from '../src/index.js';
import { publishNumbers, readBuffered } from './support.js';

/** The collector of this process, without a flag on its command line. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

describe('a subscription', () => {
  it('receives what is published from subscribe() on, in order', async () => {
    const bus = new EventBus();
    publishNumbers(bus, 2);
    const subscription = bus.subscribe();
    publishNumbers(bus, 3, 10);
    expect(await readBuffered(subscription)).toEqual(['10', '11', '12']);
    expect(subscription.lagged).toBe(0);
  });

  it('answers readers that came before the events, in the order in which they asked', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({ types: ['system.*'] });
    const asked = [subscription.next(), subscription.next()];
    publishNumbers(bus, 3);
    const answers = await Promise.all(asked);
    expect(answers.map(({ value }) => value?.message)).toEqual(['0', '1']);
    expect(subscription.buffered).toBe(1);
  });

  it('filters by names, severity and condition, and counts as lost only what it wanted', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({
      types: ['system.number'],
      minSeverity: 'warn',
      where: (event) => event.message !== 'skip',
      bufferSize: 2,
    });
    publishNumbers(bus, 50);
    for (const message of ['a', 'skip', 'b', 'c']) {
      bus.publish({ eventType: 'system.other', message, severity: 'error' });
      bus.publish({ eventType: 'system.number', message, severity: 'error' });
    }
    expect(await readBuffered(subscription as never)).toEqual(['b', 'c']);
    expect(subscription.lagged).toBe(1);
  });

  it('ends by break, and the bus lets go of it', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe();
    expect(bus.stats().currentSubscribers).toBe(1);
    publishNumbers(bus, 3);
    for await (const _event of subscription) break;
    expect(bus.stats().currentSubscribers).toBe(0);
    expect(bus.heard('system.number')).toBe(false);
    expect(subscription.buffered).toBe(0);
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
  });

  it('tells readers that wait when it is closed, by close(), using, return() or its signal', async () => {
    const bus = new EventBus();
    const controller = new AbortController();
    const ended = [];
    const byClose = bus.subscribe();
    ended.push(byClose.next());
    byClose.close();
    const byReturn = bus.subscribe();
    ended.push(byReturn.next());
    await byReturn.return();
    {
      await using scoped = bus.subscribe();
      ended.push(scoped.next());
    }
    ended.push(bus.subscribe({ signal: controller.signal }).next());
    controller.abort();
    ended.push(bus.subscribe({ signal: controller.signal }).next());
    expect(await Promise.all(ended)).toEqual(ended.map(() => ({ done: true, value: undefined })));
    expect(bus.stats().currentSubscribers).toBe(0);
  });

  it('leaves nothing on its signal when it ends by other means', () => {
    const bus = new EventBus();
    const { signal } = new AbortController();
    const subscription = bus.subscribe({ signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    subscription.close();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it.each(['skip-oldest', 'coalesce'] as const)(
    '%s: does not keep an event alive that was read',
    async (overflow) => {
      const bus = new EventBus();
      const subscription = bus.subscribe({ overflow });
      const read = await (async () => {
        publishNumbers(bus, 1);
        const { value } = await subscription.next();
        return new WeakRef(value as object);
      })();
      await settle();
      collectGarbage();
      expect(read.deref()).toBeUndefined();
      expect(subscription.state).toBe('open');
    },
  );

  it('keeps what it has when the bus closes, then ends', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({ types: ['system.*'] });
    publishNumbers(bus, 2);
    await bus.close();
    expect(subscription.state).toBe('ending');
    const messages = [];
    for await (const event of subscription) messages.push(event.message);
    expect(messages).toEqual(['0', '1']);
    expect(subscription.state).toBe('closed');
  });
});

describe('a reader that is too slow', () => {
  it('never makes the buffer grow: it holds bufferSize events however many come', () => {
    const bus = new EventBus({ bufferSize: 8 });
    const skip = bus.subscribe();
    const coalesce = bus.subscribe({ overflow: 'coalesce' });
    for (let n = 0; n < 50_000; n++) {
      bus.publish({ eventType: `system.${n % 20}`, message: '' });
      if (skip.buffered > 8 || coalesce.buffered > 8) expect.fail('a buffer grew beyond its size');
    }
    expect(skip.lagged).toBe(49_992);
    expect(coalesce.lagged).toBe(49_992);
    expect(bus.stats().lagged).toBe(2 * 49_992);
  });

  it('skip-oldest: goes on at the oldest event retained and is told the exact gap before it', async () => {
    const bus = new EventBus();
    const told: number[] = [];
    const subscription = bus.subscribe({
      bufferSize: 8,
      onLagged: (skipped) => told.push(skipped),
    });
    publishNumbers(bus, 20);
    expect(told).toEqual([]);
    expect(await readBuffered(subscription)).toEqual([
      '12',
      '13',
      '14',
      '15',
      '16',
      '17',
      '18',
      '19',
    ]);
    expect(told).toEqual([12]);
    expect(subscription.lagged).toBe(12);
  });

  it('error: is told once for each gap, then goes on at the oldest event retained', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({ bufferSize: 2, overflow: 'error' });
    publishNumbers(bus, 5);
    await expect(subscription.next()).rejects.toMatchObject({
      code: 'ERR_EVENTS_LAGGED',
      skipped: 3,
    });
    expect(await readBuffered(subscription)).toEqual(['3', '4']);
    publishNumbers(bus, 3);
    await expect(subscription.next()).rejects.toBeInstanceOf(SubscriberLaggedError);
    expect(subscription.state).toBe('open');
  });

  it('error: is told of the gap also after the bus was closed', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({ bufferSize: 1, overflow: 'error' });
    publishNumbers(bus, 2);
    await bus.close();
    await expect(subscription.next()).rejects.toMatchObject({ skipped: 1 });
    expect(await readBuffered(subscription)).toEqual(['1']);
  });

  it('coalesce: the older event about the same thing gives way, the latest of each thing stays', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({
      types: ['metrics.gauge'],
      bufferSize: 3,
      overflow: 'coalesce',
      coalesceBy: (event) => event.metricName,
    });
    const gauge = (metricName: string, metricValue: number): void =>
      bus.publish({ eventType: 'metrics.gauge', metricName, metricValue, tags: {} });
    gauge('a', 1);
    gauge('b', 1);
    gauge('a', 2);
    gauge('b', 2);
    gauge('a', 3);
    gauge('c', 1);
    const read = [];
    while (subscription.buffered > 0) {
      const { value } = await subscription.next();
      read.push(`${value?.metricName}${value?.metricValue}`);
    }
    expect(read).toEqual(['b2', 'a3', 'c1']);
    expect(subscription.lagged).toBe(3);
  });

  it('coalesce: by default a thing is a type, a pool and an instance', async () => {
    const bus = new EventBus();
    const subscription = bus.subscribe({ bufferSize: 2, overflow: 'coalesce' });
    const reset = (poolId: string): void =>
      bus.publish({ eventType: 'pool.circuit_breaker_reset', poolId });
    reset('a');
    reset('b');
    reset('b');
    const { value } = await subscription.next();
    expect(value).toMatchObject({ poolId: 'a' });
  });

  it('an onLagged or a condition that throws is counted, and the event still arrives', async () => {
    const faults: Fault[] = [];
    const bus = new EventBus({ onError: (fault) => faults.push(fault) });
    const subscription = bus.subscribe({
      bufferSize: 1,
      onLagged: () => {
        throw new Error('told');
      },
    });
    bus.subscribe({
      where: () => {
        throw new Error('where');
      },
    });
    publishNumbers(bus, 2);
    expect(await readBuffered(subscription)).toEqual(['1']);
    expect(faults.map(({ error }) => (error as Error).message)).toEqual(['where', 'where', 'told']);
    expect(bus.stats().listenerErrors).toBe(3);
  });

  it('does not make the publisher or other readers wait', async () => {
    const bus = new EventBus();
    bus.subscribe();
    const read: string[] = [];
    const quick = (async () => {
      for await (const event of bus.subscribe({ types: ['system.*'] })) read.push(event.message);
    })();
    publishNumbers(bus, 100);
    await settle();
    expect(read).toHaveLength(100);
    await bus.close();
    await quick;
  });
});
