import { describe, expect, it } from 'vitest';
import { type ReconnectOptions, yellowstoneSource } from '../src/index.js';
import { generateChain, StandIn } from '../src/testing/index.js';
import { accountFor } from './support/accounting.js';
import { entriesOf, slotsOf } from './support/chains.js';
import { RunningSource, TestSink } from './support/run-source.js';

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

describe('slots that lie further back than a new connection may ask for', () => {
  const chain = generateChain({ seed: 8, slots: 60, skippedShare: 0 });

  async function cutAfter(slots: bigint, reconnect: ReconnectOptions, sink: TestSink) {
    const server = await StandIn.listen();
    const subscribed = server.subscribed();
    const running = new RunningSource(
      yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 1, ...reconnect } }),
      ['entry'],
      { sink },
    );
    await subscribed;
    const before = chain.filter(({ slot }) => slot < Number(slots));
    server.publish(before);
    await sink.when(() => sink.frames.length === entriesOf(before).length);
    const again = server.subscribed();
    server.cut();
    const { fromSlot } = await again;
    server.publish(chain.filter((message) => !before.includes(message)));
    await sink.when(() => sink.frames.length === entriesOf(chain).length);
    await running.stop();
    await server.close();
    return fromSlot;
  }

  it('are told as a gap where they have not come whole, and not asked for', async () => {
    const sink = new TestSink();
    // Up to 1,011 everything has come: block metas of eight slots above have.
    expect(await cutAfter(1_020n, { retentionSlots: 5 }, sink)).toBe(1_014n);
    expect(sink.of('gap')).toEqual([{ from: 1_012n, to: 1_013n }]);
    expect(accountFor(entriesOf(chain), sink.frames)).toMatchObject({ lost: 0, doubled: 0 });
  });

  it('are no gap where they have come and only wait to be handled', async () => {
    const sink = new TestSink(30);
    expect(await cutAfter(1_050n, { retentionSlots: 20 }, sink)).toBe(1_029n);
    expect(sink.of('gap')).toEqual([]);
    expect(accountFor(entriesOf(chain), sink.frames)).toMatchObject({ lost: 0, doubled: 0 });
  });

  it('are asked for without such a limit', async () => {
    expect(await cutAfter(1_050n, {}, new TestSink(30))).toBeLessThan(1_029n);
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
