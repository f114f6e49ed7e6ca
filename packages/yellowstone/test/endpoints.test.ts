import { ManualClock } from '@rockpool/core/testing';
import { describe, expect, it } from 'vitest';
import { yellowstoneSource } from '../src/index.js';
import { generateChain, StandIn } from '../src/testing/index.js';
import { accountFor } from './support/accounting.js';
import { RunningSource, TestSink } from './support/run-source.js';

describe('several endpoints', () => {
  it('first-wins: nothing is lost or doubled when one of them dies within a slot', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      await using a = await StandIn.listen();
      await using b = await StandIn.listen();
      const both = [a.subscribed(), b.subscribed()];
      const sink = new TestSink();
      await using _running = new RunningSource(
        yellowstoneSource({
          endpoints: [a.address, b.address],
          balance: 'first-wins',
          reconnect: { initialMs: 1 },
        }),
        ['entry', 'transaction', 'account'],
        { sink },
      );
      await Promise.all(both);
      const chain = generateChain({ seed, slots: 20 });
      const wanted = chain.filter(({ kind }) => ['entry', 'transaction', 'account'].includes(kind));
      const middle = 100 + seed * 37;
      a.publish(chain.slice(0, middle));
      await a.drained();
      // The other one lags behind, and then has to carry on alone.
      b.publish(chain.slice(0, middle - 50));
      a.disconnect();
      const back = a.subscribed();
      b.publish(chain.slice(middle - 50));
      a.publish(chain.slice(middle));
      await back;
      await sink.when(() => sink.frames.length >= wanted.length);
      await Promise.all([a.drained(), b.drained()]);
      expect({ seed, ...accountFor(wanted, sink.frames) }).toEqual({
        seed,
        delivered: wanted.length,
        lost: 0,
        doubled: 0,
        unknown: 0,
      });
      expect(sink.of('gap')).toEqual([]);
    }
  });

  it('failover: the next one goes on where the first one stopped', async () => {
    await using a = await StandIn.listen();
    await using b = await StandIn.listen();
    const first = a.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: [a.address, b.address], reconnect: { initialMs: 1 } }),
      ['entry'],
      { sink },
    );
    await first;
    const chain = generateChain({ seed: 3, slots: 20 });
    const wanted = chain.filter(({ kind }) => kind === 'entry');
    a.publish(chain.slice(0, 300));
    await a.drained();
    b.publish(chain.slice(0, 320));
    const second = b.subscribed();
    await a.close();
    await second;
    b.publish(chain.slice(320));
    await sink.when(() => sink.frames.length >= wanted.length);
    expect(accountFor(wanted, sink.frames)).toMatchObject({ lost: 0, doubled: 0, unknown: 0 });
  });

  it('least-lag: the one that is furthest is chosen, and left when another is far ahead', async () => {
    const clock = new ManualClock();
    await using a = await StandIn.listen();
    await using b = await StandIn.listen();
    const at = (slot: number) =>
      generateChain({ seed: slot, slots: 1, firstSlot: slot, skippedShare: 0 });
    a.publish(at(1_000));
    b.publish(at(1_050));
    const first = b.subscribed();
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: [a.address, b.address], balance: 'least-lag' }),
      ['entry'],
      { sink, clock },
    );
    await first;
    expect(a.requests).toEqual([]);
    b.publish(at(1_051));
    await sink.when(() => sink.frames.length > 0);
    a.publish(at(1_100));
    const moved = a.subscribed();
    await clock.advance(30_000);
    await moved;
    expect(sink.of('disconnected')).toEqual([]);
  });

  it('shard: each serves a part of the pipelines', async () => {
    await using a = await StandIn.listen();
    await using b = await StandIn.listen();
    const both = [a.subscribed(), b.subscribed()];
    const sink = new TestSink();
    await using _running = new RunningSource(
      yellowstoneSource({ endpoints: [a.address, b.address], balance: 'shard' }),
      ['entry', 'transaction'],
      { sink },
    );
    const [first, second] = await Promise.all(both);
    expect(Object.keys(first?.entry ?? {})).toEqual(['entry']);
    expect(Object.keys(first?.transactions ?? {})).toEqual([]);
    expect(Object.keys(second?.transactions ?? {})).toEqual(['transaction']);
    const chain = generateChain({ seed: 9 });
    a.publish(chain);
    b.publish(chain);
    const wanted = chain.filter(({ kind }) => ['entry', 'transaction'].includes(kind));
    await sink.when(() => sink.frames.length >= wanted.length);
    expect(accountFor(wanted, sink.frames)).toMatchObject({ lost: 0, doubled: 0, unknown: 0 });
    expect(sink.completed.length).toBeGreaterThan(0);
  });
});

describe('connections', () => {
  it('serve a hundred unary calls and a subscription with one connection', async () => {
    await using server = await StandIn.listen();
    server.publish(generateChain({ seed: 1, slots: 10, skippedShare: 0 }));
    const subscribed = server.subscribed();
    await using running = new RunningSource(yellowstoneSource({ endpoints: server.address }), [
      'entry',
    ]);
    await subscribed;
    const client = running.source.client();
    const answers = await Promise.all(Array.from({ length: 99 }, (_, count) => client.ping(count)));
    expect(answers).toEqual(Array.from({ length: 99 }, (_, count) => count));
    expect(server.connections).toBe(1);
    expect(server.calls.get('Ping')).toBe(99);
  });

  it('answer the unary methods', async () => {
    await using server = await StandIn.listen();
    server.publish(generateChain({ seed: 1, slots: 10, skippedShare: 0 }));
    const source = yellowstoneSource({ endpoints: server.address });
    const client = source.client();
    expect(await client.version()).toContain('version');
    expect(await client.slot()).toBe(1_009n);
    expect(await client.slot({ commitment: 1 })).toBe(1_007n);
    expect(await client.blockHeight()).toBe(1_009n);
    expect(await client.firstAvailableSlot()).toBe(1_000n);
    const { blockhash, slot, lastValidBlockHeight } = await client.latestBlockhash();
    expect({ slot, lastValidBlockHeight }).toEqual({ slot: 1_009n, lastValidBlockHeight: 1_159n });
    expect(await client.isBlockhashValid(blockhash)).toBe(true);
    expect(await client.isBlockhashValid('11111111111111111111111111111111')).toBe(false);
    await source.dispose();
  });

  it('are closed when they have carried nothing for a minute', async () => {
    const clock = new ManualClock();
    await using server = await StandIn.listen();
    const source = yellowstoneSource({ endpoints: server.address });
    const subscribed = server.subscribed();
    const running = new RunningSource(source, ['entry'], { clock });
    await subscribed;
    const client = source.client();
    server.cut({ status: 'UNAUTHENTICATED', message: 'over' });
    await running.exit;
    expect(await client.ping(1)).toBe(1);
    await clock.advance(29_000);
    expect(await client.ping(2)).toBe(2);
    expect(server.connections).toBe(1);
    await clock.advance(61_000);
    expect(await client.ping(3)).toBe(3);
    expect(server.connections).toBe(2);
    await running.stop();
  });
});
