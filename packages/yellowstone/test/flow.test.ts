import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { yellowstoneSource } from '../src/index.js';
import { generateChain, StandIn } from '../src/testing/index.js';
import { accountFor } from './support/accounting.js';
import { slotsOf, until } from './support/chains.js';
import { Relay } from './support/relay.js';
import { RunningSource, TestSink } from './support/run-source.js';

describe('a silent connection', () => {
  it('is asked after ten seconds and left after thirty', async () => {
    const clock = new ManualClock();
    await using server = await StandIn.listen({ pingIntervalMs: 3_600_000 });
    await using relay = await Relay.to(server.port);
    const subscribed = server.subscribed();
    await using running = new RunningSource(
      yellowstoneSource({ endpoints: relay.address, random: () => 0 }),
      ['entry'],
      { clock },
    );
    await subscribed;
    server.publish(slotsOf(1));
    await running.sink.when(() => running.sink.frames.length > 0);
    expect(running.source.health()).toMatchObject({ status: 'healthy', score: 100 });
    relay.freeze();
    const again = server.subscribed();
    await clock.advance(29_000);
    expect(running.sink.of('disconnected')).toEqual([]);
    expect(running.source.health()).toMatchObject({ status: 'unhealthy' });
    await clock.advance(2_000);
    expect(running.sink.of('disconnected')).toMatchObject([
      { error: { message: expect.stringContaining('nothing came for 30000 ms') } },
    ]);
    relay.thaw();
    await clock.advance(1_000);
    await again;
  });

  it('answers the pings of the server, and asks when it hears nothing', async () => {
    const clock = new ManualClock();
    await using server = await StandIn.listen({ clock, pingIntervalMs: 4_000 });
    const subscribed = server.subscribed();
    await using running = new RunningSource(
      yellowstoneSource({ endpoints: server.address }),
      ['entry'],
      { clock },
    );
    await subscribed;
    const subscriber = server.subscribers[0];
    await clock.advance(4_000);
    await until(() => subscriber?.pings === 1);
    server.freeze(true);
    await clock.advance(10_500);
    await until(() => subscriber?.pings === 2);
    expect(running.sink.of('disconnected')).toEqual([]);
  });
});

describe('back-pressure', () => {
  it('reaches the server, which has to wait with what the window does not hold', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const sink = new TestSink();
    let open: () => void = () => {};
    sink.room = new Promise((resolve) => {
      open = resolve;
    });
    await using running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, windowBytes: 65_535 }),
      ['entry'],
      { sink },
    );
    await subscribed;
    const chain = generateChain({ seed: 5, slots: 40, entriesPerSlot: 500, skippedShare: 0 });
    const entries = chain.filter(({ kind }) => kind === 'entry');
    server.publish(entries);
    await sink.when(() => sink.frames.length > 0);
    const [subscriber] = server.subscribers;
    expect(sink.frames.length).toBeLessThan(1_000);
    expect(subscriber?.channel.waiting).toBeGreaterThan(entries.length / 2);
    sink.room = undefined;
    open();
    await sink.when(() => sink.frames.length === entries.length);
    expect(accountFor(entries, sink.frames)).toMatchObject({ lost: 0, doubled: 0 });
    expect(await running.stop()).toEqual({ type: 'cancelled' });
  });

  it('for more than ten seconds closes the subscription, which later goes on where it was', async () => {
    const clock = new ManualClock();
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: server.address }),
      ['entry'],
      { sink, clock },
    );
    await subscribed;
    const chain = generateChain({ seed: 6, slots: 20 });
    const entries = chain.filter(({ kind }) => kind === 'entry');
    let open: () => void = () => {};
    sink.room = new Promise((resolve) => {
      open = resolve;
    });
    server.publish(chain.slice(0, 300));
    await sink.when(() => sink.frames.length > 0);
    await clock.advance(10_000);
    expect(sink.of('disconnected')).toHaveLength(1);
    await until(() => server.subscribers.length === 0);
    server.publish(chain.slice(300));
    const again = server.subscribed();
    sink.room = undefined;
    open();
    await again;
    await sink.when(() => sink.frames.length === entries.length);
    expect(accountFor(entries, sink.frames)).toMatchObject({ lost: 0, doubled: 0, unknown: 0 });
    expect(sink.of('gap')).toEqual([]);
  });
});
