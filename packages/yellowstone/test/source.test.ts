import net from 'node:net';
import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { GRPC_STATUSES, type GrpcStatus, yellowstoneSource } from '../src/index.js';
import { Outage } from '../src/source/outage.js';
import { type ChainMessage, generateChain, StandIn } from '../src/testing/index.js';
import { accountFor } from './support/accounting.js';
import { Relay } from './support/relay.js';
import { RunningSource, TestSink } from './support/run-source.js';

const FINAL: readonly GrpcStatus[] = [
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'INVALID_ARGUMENT',
  'UNIMPLEMENTED',
];

describe('a stream that ends', () => {
  it.each(GRPC_STATUSES)(
    'with %s is taken up again, unless nothing would change',
    async (status) => {
      await using server = await StandIn.listen();
      const subscribed = server.subscribed();
      await using running = new RunningSource(
        yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 1 } }),
        ['entry'],
      );
      await subscribed;
      const again = server.subscribed();
      server.cut({ status, message: 'for a test' });
      if (FINAL.includes(status)) {
        expect(await running.exit).toMatchObject({
          type: 'stream-error',
          code: GRPC_STATUSES.indexOf(status),
          message: expect.stringContaining('for a test'),
        });
        expect(server.requests).toHaveLength(1);
      } else {
        await again;
        expect(running.sink.of('disconnected')).toMatchObject([
          { error: { status, retryable: true } },
        ]);
      }
    },
  );

  it('is not taken up again when told so', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    await using running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, reconnect: false }),
      ['entry'],
    );
    await subscribed;
    server.cut({ status: 'OK', message: '' });
    expect(await running.exit).toEqual({ type: 'stream-ended' });
  });
});

describe('an outage', () => {
  it('is given up after ten attempts', async () => {
    const endpoints = `http://127.0.0.1:${await unusedPort()}`;
    const source = yellowstoneSource({ endpoints, reconnect: { initialMs: 1, maxMs: 2 } });
    await using running = new RunningSource(source, ['entry']);
    expect(await running.exit).toMatchObject({
      type: 'error',
      error: { status: 'UNAVAILABLE', retryable: true },
    });
    expect(running.sink.of('disconnected')).toHaveLength(11);
  });

  it('has waits of full jitter below a limit that doubles, and never none', () => {
    const plan = {
      initialMs: 500,
      factor: 2,
      maxMs: 60_000,
      maxAttempts: 10,
      resetAfterMs: 30_000,
    };
    const waits = (random: () => number) => {
      const outage = new Outage(plan, random);
      return Array.from({ length: 11 }, () => outage.next());
    };
    const most = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];
    expect(waits(() => 1)).toEqual([...most, undefined]);
    expect(waits(() => 0)).toEqual([...most.map((ms) => ms / 10), undefined]);
  });

  it('is over only when data has come for thirty seconds', () => {
    const outage = new Outage(
      { initialMs: 1, factor: 2, maxMs: 60_000, maxAttempts: 10, resetAfterMs: 30_000 },
      () => 1,
    );
    outage.next();
    outage.healthyFor(29_999);
    expect(outage.attempts).toBe(1);
    outage.healthyFor(30_000);
    expect(outage.attempts).toBe(0);
  });

  it('is not over because a server takes the request and cuts at once', async () => {
    await using server = await StandIn.listen();
    const source = yellowstoneSource({
      endpoints: server.address,
      reconnect: { initialMs: 1, maxAttempts: 4 },
    });
    const first = server.subscribed();
    await using running = new RunningSource(source, ['entry']);
    await first;
    for (let attempt = 1; attempt <= 5; attempt++) {
      const next = server.subscribed();
      server.publish(slotsOf(attempt));
      server.cut();
      if (attempt < 5) await next;
    }
    expect(await running.exit).toMatchObject({ type: 'stream-error', code: 14 });
    expect(server.requests).toHaveLength(5);
  });
});

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
    await until(() => subscriber?.channel.waiting === subscriber?.channel.waiting);
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

describe('slots that the server has forgotten', () => {
  it('are told as a gap, once, and the rest is replayed', async () => {
    await using server = await StandIn.listen({ replaySlots: 10 });
    const subscribed = server.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 1 } }),
      ['entry'],
      { sink },
    );
    await subscribed;
    const chain = generateChain({ seed: 8, slots: 60, skippedShare: 0 });
    const before = chain.filter(({ slot }) => slot < 1_020);
    server.publish(before);
    await sink.when(
      () => sink.frames.length === before.filter(({ kind }) => kind === 'entry').length,
    );
    const again = server.subscribed();
    server.cut();
    server.publish(chain.slice(before.length));
    await again;
    await sink.when(() => sink.frames.at(-1)?.position === 1_059n);
    const [gap, ...more] = sink.of('gap');
    expect(more).toEqual([]);
    expect(gap).toEqual({ from: 1_012n, to: 1_049n });
    const replayed = sink.frames.filter(
      ({ position }) => position !== undefined && position >= 1_050n,
    );
    expect(replayed).toHaveLength(10 * 20);
  });

  it('are told as a gap when the server keeps none, with the first slot that may have been joined late', async () => {
    await using server = await StandIn.listen({ replaySlots: 0 });
    const subscribed = server.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 1 } }),
      ['entry'],
      { sink },
    );
    await subscribed;
    server.publish(slotsOf(1));
    await sink.when(() => sink.frames.length === 20);
    const live = new Promise<void>((resolve) => {
      const look = (): void =>
        void server
          .subscribed()
          .then(({ fromSlot }) => (fromSlot === undefined ? resolve() : look()));
      look();
    });
    server.cut();
    await live;
    server.publish(slotsOf(5));
    await sink.when(() => sink.of('gap').length === 1);
    expect(sink.of('gap')).toEqual([{ from: 1_001n, to: 1_005n }]);
  });

  it('are given up when the same slot fails three times', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 1 } }),
      ['entry'],
      { sink },
    );
    await subscribed;
    server.publish(slotsOf(1));
    await sink.when(() => sink.frames.length === 20);
    for (let cut = 1; cut <= 4; cut++) {
      const next = server.subscribed();
      server.cut({ status: 'INTERNAL', message: 'replay failed' });
      const request = await next;
      expect(request.fromSlot).toBe(cut < 4 ? 1_001n : undefined);
    }
    server.publish(slotsOf(3));
    await sink.when(() => sink.of('gap').length === 1);
    expect(sink.of('gap')).toEqual([{ from: 1_001n, to: 1_003n }]);
  });
});

describe('a block that is replaced', () => {
  it('is told as a reset, and delivered anew', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: server.address }),
      ['entry'],
      { sink },
    );
    await subscribed;
    const first = entriesOf(generateChain({ seed: 1, slots: 1, skippedShare: 0 }));
    const second = entriesOf(generateChain({ seed: 2, slots: 1, skippedShare: 0 }));
    server.publish([...first, ...first, ...second, ...second]);
    await sink.when(() => sink.frames.length === 40);
    expect(accountFor([...first, ...second], sink.frames)).toMatchObject({ lost: 0, doubled: 0 });
    expect(sink.of('reset')).toEqual([
      { from: 1_000n, reason: 'the block of this slot was replaced by another' },
    ]);
  });
});

describe('the token', () => {
  it('is sent, and a wrong one ends the run', async () => {
    await using server = await StandIn.listen({ xToken: 'secret' });
    const subscribed = server.subscribed();
    await using right = new RunningSource(
      yellowstoneSource({ endpoints: server.address, xToken: 'secret' }),
      ['entry'],
    );
    await subscribed;
    await using wrong = new RunningSource(
      yellowstoneSource({ endpoints: server.address, xToken: 'other' }),
      ['entry'],
    );
    expect(await wrong.exit).toMatchObject({ type: 'stream-error', code: 16 });
    expect(right.sink.of('disconnected')).toEqual([]);
  });
});

it('reads compressed messages', async () => {
  await using server = await StandIn.listen({ compression: 'gzip' });
  const subscribed = server.subscribed();
  const sink = new TestSink();
  await using _running = new RunningSource(
    yellowstoneSource({ endpoints: server.address, compression: 'gzip' }),
    ['entry'],
    { sink },
  );
  await subscribed;
  const entries = entriesOf(generateChain({ seed: 4 }));
  server.publish(entries);
  await sink.when(() => sink.frames.length === entries.length);
  expect(accountFor(entries, sink.frames)).toMatchObject({ lost: 0, doubled: 0 });
});

it('asks with the commitment, and gets slots when they reach it', async () => {
  await using server = await StandIn.listen();
  const subscribed = server.subscribed();
  const sink = new TestSink();
  await using _running = new RunningSource(
    yellowstoneSource({ endpoints: server.address, commitment: 'confirmed' }),
    ['entry'],
    { sink },
  );
  expect((await subscribed).commitment).toBe(1);
  const chain = generateChain({ seed: 4, slots: 10, skippedShare: 0 });
  server.publish(chain);
  await sink.when(() => sink.frames.at(-1)?.position === 1_007n);
  await server.drained();
  expect(sink.frames).toHaveLength(8 * 20);
});

function slotsOf(offset: number): ChainMessage[] {
  return generateChain({ seed: offset, slots: 1, firstSlot: 1_000 + offset, skippedShare: 0 });
}

function entriesOf(chain: readonly ChainMessage[]): ChainMessage[] {
  return chain.filter(({ kind }) => kind === 'entry');
}

/** Waits, turn by turn of the event loop, for what no event tells. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** A port that nobody listens on. */
async function unusedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
