import { create } from '@bufbuild/protobuf';
import { ManualClock } from '@rockpool/core/testing';
import { pipeline } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  type AccountUpdate,
  type EntryUpdate,
  yellowstoneRuntime,
  yellowstoneSource,
} from '../src/index.js';
import { ChainMessage, generateChain, StandIn } from '../src/testing/index.js';
import { SubscribeUpdateSchema } from '../src/wire/update.js';
import { entriesOf, until } from './support/chains.js';

const WINDOW_BYTES = 65_535;
const DATA_BYTES = 10_000;
/** What the server may have handed to its stream and not to the socket: a write of 16 KiB, above a mark of 16 KiB. */
const WRITTEN_AHEAD_BYTES = 2 * 16_384;
const MB = 2 ** 20;

/** An account with 10 KB of data, each another one. */
function large(number: number, data: Uint8Array): ChainMessage {
  const pubkey = new Uint8Array(32);
  new DataView(pubkey.buffer).setUint32(0, number);
  const value = {
    slot: 1_000n,
    account: { pubkey, owner: new Uint8Array(32), data, writeVersion: BigInt(number) },
  };
  const updateOneof = { case: 'account' as const, value };
  return ChainMessage.of(create(SubscribeUpdateSchema, { updateOneof }));
}

describe('a slow handler', () => {
  it('makes the server wait: what it sends is what is handled, the buffers and the window; memory stays flat', async () => {
    const total = 20_000;
    const buffer = { maxCapacity: 20 };
    await using server = await StandIn.listen({ replaySlots: 0 });
    const subscribed = server.subscribed();
    const data = new Uint8Array(DATA_BYTES).fill(7);
    let handled = 0;
    let published = 0;
    let furthest = 0;
    let rssAtFirst = 0;
    let rssAtMost = 0;
    let starved = 0;
    // As on a live chain there is always more: without back-pressure it would all be taken at once.
    const publishMore = (): void => {
      const [subscriber] = server.subscribers;
      if (subscriber === undefined) return;
      const { sent, waiting } = subscriber.channel;
      furthest = Math.max(furthest, sent - handled);
      if (waiting === 0) starved++;
      if (waiting >= 100 || published >= total) return;
      const more = Math.min(200, total - published);
      server.publish(Array.from({ length: more }, (_, index) => large(published + index, data)));
      published += more;
    };
    const parser = {
      id: 'accounts',
      kind: 'account' as const,
      parse: ({ data: bytes }: AccountUpdate) => bytes.length,
    };
    await using runtime = await yellowstoneRuntime()
      .yellowstone(
        yellowstoneSource({
          endpoints: server.address,
          windowBytes: WINDOW_BYTES,
          reconnect: false,
        }),
      )
      .account(
        pipeline(
          parser,
          [
            {
              name: 'slow',
              handle: async () => {
                await new Promise((resolve) => setImmediate(resolve));
                handled++;
                publishMore();
                if (handled % 500 !== 0) return;
                const { rss } = process.memoryUsage();
                if (handled === 4_000) rssAtFirst = rss;
                rssAtMost = Math.max(rssAtMost, rss);
              },
            },
          ],
          { concurrency: 1, lookahead: 20, buffer },
        ),
      )
      .build({ input: buffer });
    const running = runtime.run();
    await subscribed;
    publishMore();
    await until(() => handled === total);
    await runtime.shutdown();
    await running;

    const messageBytes = DATA_BYTES;
    const inBuffers = 2 * buffer.maxCapacity + 20;
    // The window may be full on its way, and once more with the reader that was told to stop reading.
    const onTheWay = Math.ceil((2 * WINDOW_BYTES + WRITTEN_AHEAD_BYTES) / messageBytes);
    expect(furthest).toBeGreaterThan(2 * buffer.maxCapacity);
    expect(furthest).toBeLessThanOrEqual(inBuffers + onTheWay + 1);
    // The server had always more than it could send: it was the handler that everybody waited for.
    expect(starved).toBeLessThan(total / 10);
    // Meanwhile 160 MB went through.
    expect(rssAtMost - rssAtFirst).toBeLessThan(80 * MB);
  }, 120_000);
});

describe('a pause of everything', () => {
  it('for a minute closes the subscription after ten seconds, and loses nothing', async () => {
    const clock = new ManualClock();
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const seen: string[] = [];
    const buffer = { maxCapacity: 50 };
    const entries = {
      id: 'entries',
      kind: 'entry' as const,
      parse: ({ slot, index }: EntryUpdate) => `${slot}/${index}`,
    };
    const runtime = await yellowstoneRuntime()
      .yellowstone(yellowstoneSource({ endpoints: server.address, windowBytes: WINDOW_BYTES }))
      .entry(
        pipeline(entries, [{ name: 'see', handle: (name) => void seen.push(name) }], { buffer }),
      )
      .build({ clock, input: buffer });
    const gone: string[] = [];
    const gaps: unknown[] = [];
    runtime.on('disconnected', ({ endpoint }) => gone.push(endpoint));
    runtime.on('gap', (gap) => gaps.push(gap));
    const running = runtime.run();
    await subscribed;
    const chain = generateChain({ seed: 23, slots: 60, entriesPerSlot: 40, skippedShare: 0 });
    const third = Math.ceil(chain.length / 3);
    server.publish(chain.slice(0, third));
    await until(() => seen.length === entriesOf(chain.slice(0, third)).length);

    await runtime.pause();
    server.publish(chain.slice(third, 2 * third));
    await until(() => runtime.stats().input.queued >= buffer.maxCapacity);
    const before = seen.length;
    await clock.advance(9_999);
    expect(gone).toEqual([]);
    await clock.advance(1);
    await until(() => server.subscribers.length === 0);
    expect(gone).toHaveLength(1);
    server.publish(chain.slice(2 * third));
    await clock.advance(50_000);
    expect(seen).toHaveLength(before);
    expect(server.requests).toHaveLength(1);

    const again = server.subscribed();
    runtime.resume();
    await again;
    const all = entriesOf(chain).length;
    await until(() => seen.length >= all);
    await runtime.shutdown();
    expect(await running).toEqual({ type: 'cancelled' });
    expect(seen).toHaveLength(all);
    expect(new Set(seen).size).toBe(all);
    expect(gaps).toEqual([]);
  });
});
