import type { SubscribeUpdate } from '@triton-one/yellowstone-grpc';
import { describe, expect, it } from 'vitest';
import { generateChain, StandIn } from '../src/testing/index.js';

/** Its native part exists for some platforms only. */
const library = await import('@triton-one/yellowstone-grpc').catch((error: unknown) => {
  console.warn(`skipped: @triton-one/yellowstone-grpc does not load here (${String(error)})`);
  return undefined;
});

describe.skipIf(library === undefined)('the official client, on the stand-in', () => {
  it('gets everything that it asks for, once', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const client = await connected(server.address);
    const stream = await client.subscribe(
      native().SubscribeRequest.fromPartial({
        accounts: { a: {} },
        slots: { s: { interslotUpdates: true } },
        transactions: { t: {} },
        blocksMeta: { b: {} },
        entry: { e: {} },
      }),
    );
    await subscribed;
    const chain = generateChain({ seed: 3, slots: 15 });
    const updates: SubscribeUpdate[] = [];
    const all = new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', (update: SubscribeUpdate) => {
        if (update.ping === undefined) updates.push(update);
        if (updates.length === chain.length) resolve();
      });
    });
    server.publish(chain);
    await all;
    stream.destroy();
    const kinds = updates.map((update) => KINDS.find((kind) => update[kind] !== undefined));
    expect(kinds).toEqual(chain.map(({ kind }) => kind));
    expect(updates.map(slotOf)).toEqual(chain.map(({ slot }) => slot));
    expect(new Set(updates.flatMap(({ filters }) => filters))).toEqual(
      new Set(['a', 's', 't', 'b', 'e']),
    );
  });

  it('gets answers to its unary calls, and a pong', async () => {
    await using server = await StandIn.listen();
    server.publish(generateChain({ seed: 3, slots: 15, skippedShare: 0 }));
    const client = await connected(server.address);
    expect((await client.getSlot()).slot).toBe('1014');
    expect((await client.getBlockHeight()).blockHeight).toBe('1014');
    const { blockhash } = await client.getLatestBlockhash();
    expect((await client.isBlockhashValid(blockhash)).valid).toBe(true);
    expect((await client.ping(7)).count).toBe(7);
    expect((await client.getVersion()).version).toContain('rockpool');
    expect((await client.subscribeReplayInfo()).firstAvailable).toBe('1000');
    const pong = new Promise((resolve, reject) => {
      void client.subscribe().then((stream) => {
        stream.on('error', reject);
        stream.on('data', (update: SubscribeUpdate) => {
          if (update.pong === undefined) return;
          stream.destroy();
          resolve(update.pong.id);
        });
        stream.write(native().SubscribeRequest.fromPartial({ ping: { id: 4 } }));
      }, reject);
    });
    expect(await pong).toBe(4);
  });

  it('is refused when its token is wrong', async () => {
    await using server = await StandIn.listen({ xToken: 'secret' });
    const right = await connected(server.address, 'secret');
    expect((await right.getSlot()).slot).toBe('0');
    const wrong = await connected(server.address, 'other');
    await expect(wrong.getSlot()).rejects.toThrow('get_slot request failed');
  });
});

const KINDS = [
  'account',
  'slot',
  'transaction',
  'transactionStatus',
  'block',
  'blockMeta',
  'entry',
] as const;

function slotOf(update: SubscribeUpdate): number {
  for (const kind of KINDS) {
    const found = update[kind];
    if (found !== undefined) return Number(found.slot);
  }
  return Number.NaN;
}

function native(): NonNullable<typeof library> {
  if (library === undefined) throw new Error('it does not load here');
  return library;
}

async function connected(address: string, token?: string): Promise<InstanceType<NativeClient>> {
  // Its types speak of the CommonJS build, and Node loads the other one.
  const Client = native().default as unknown as NativeClient;
  const client = new Client(address, token, undefined, { enabled: false });
  await client.connect();
  return client;
}

type NativeClient = NonNullable<typeof library>['default']['default'];
