import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { COMPRESSIONS, GRPC_STATUSES, type GrpcStatus, yellowstoneSource } from '../src/index.js';
import { Outage } from '../src/source/outage.js';
import { generateChain, StandIn } from '../src/testing/index.js';
import { accountFor } from './support/accounting.js';
import { entriesOf, slotsOf } from './support/chains.js';
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

// Node 20, and 22 before 22.15, know no zstd.
it.skipIf(!COMPRESSIONS.includes('zstd'))(
  'reads messages that are compressed with zstd',
  async () => {
    await using server = await StandIn.listen({ compression: 'zstd' });
    const subscribed = server.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, compression: 'zstd' }),
      ['entry'],
      { sink },
    );
    await subscribed;
    const entries = entriesOf(generateChain({ seed: 4 }));
    server.publish(entries);
    await sink.when(() => sink.frames.length === entries.length);
    expect(accountFor(entries, sink.frames)).toMatchObject({ lost: 0, doubled: 0 });
  },
);

it.skipIf(COMPRESSIONS.includes('zstd'))('refuses zstd where Node does not know it', () => {
  expect(() => yellowstoneSource({ endpoints: 'localhost:1', compression: 'zstd' })).toThrow(
    /compression: needs Node 22\.15 or newer; take gzip or none/,
  );
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

/** A port that nobody listens on. */
async function unusedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
