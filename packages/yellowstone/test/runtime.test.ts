import { pipeline } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  type EntryUpdate,
  instructionParser,
  yellowstoneRuntime,
  yellowstoneSource,
} from '../src/index.js';
import { faultPlan, generateChain, runFaults, StandIn } from '../src/testing/index.js';
import { SILENT } from './support/logger.js';

const SYSTEM = addressOf(new Uint8Array(32));
const entries = {
  id: 'entries',
  kind: 'entry' as const,
  parse: ({ slot, index }: EntryUpdate) => `${slot}/${index}`,
};

describe('a runtime on a stand-in', () => {
  it('handles every entry and every instruction once, through three cuts', async () => {
    await using server = await StandIn.listen();
    const subscribed = server.subscribed();
    const seen: string[] = [];
    const transfers: string[] = [];
    const wanted = { entries: 24 * 20, transfers: 24 * 5 };
    let finish: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const look = (_count: number): void => {
      if (seen.length >= wanted.entries && transfers.length >= wanted.transfers) finish();
    };
    const runtime = await yellowstoneRuntime()
      .yellowstone(yellowstoneSource({ endpoints: server.address, reconnect: { initialMs: 1 } }))
      .commitmentLevel('processed')
      .logger(SILENT)
      .entry(pipeline(entries, [{ name: 'see', handle: (name) => look(seen.push(name)) }]))
      .instruction(
        pipeline(
          instructionParser({
            id: 'transfers',
            program: SYSTEM,
            parse: ({ transaction, path }) =>
              `${addressOf(transaction.signature)}/${path.join('.')}`,
          }),
          [{ name: 'note', handle: (name) => look(transfers.push(name)) }],
        ),
      )
      .build();
    const running = runtime.run();
    await subscribed;
    const chain = generateChain({ seed: 21, slots: 24, skippedShare: 0 });
    await runFaults(server, chain, faultPlan(21, chain.length, { cuts: 3, gap: 30 }));
    await done;
    await runtime.shutdown();
    expect(await running).toEqual({ type: 'cancelled' });
    expect(new Set(seen).size).toBe(wanted.entries);
    expect(seen).toHaveLength(wanted.entries);
    expect(new Set(transfers).size).toBe(wanted.transfers);
    expect(transfers).toHaveLength(wanted.transfers);
    expect(server.requests[0]?.commitment).toBe(0);
  });

  it('takes pipelines only of the kind that a verb is for', () => {
    const definition = pipeline(entries, []);
    // @ts-expect-error a pipeline of entries is none of accounts
    void (() => yellowstoneRuntime().account(definition));
    expect(yellowstoneRuntime().entry(definition)).toBeDefined();
  });
});
