import { create } from '@bufbuild/protobuf';
import { type PipelineOptions, pipeline } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import {
  type AccountUpdate,
  addressOf,
  type InstructionUpdate,
  yellowstoneRuntime,
  yellowstoneSource,
} from '../src/index.js';
import { ChainMessage, StandIn } from '../src/testing/index.js';
import { SubscribeUpdateSchema } from '../src/wire/update.js';
import { until } from './support/chains.js';

const SLOT = 1_000n;
const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);

/** A change of the account that has this number. */
function change(account: number, writeVersion: number): ChainMessage {
  const value = {
    slot: SLOT,
    account: {
      pubkey: bytes(32, account),
      owner: bytes(32, 9),
      writeVersion: BigInt(writeVersion),
      txnSignature: bytes(64, writeVersion),
    },
  };
  const updateOneof = { case: 'account' as const, value };
  return ChainMessage.of(create(SubscribeUpdateSchema, { updateOneof }));
}

/** A transaction of two instructions. */
function transaction(number: number): ChainMessage {
  const signature = bytes(64, number);
  const instruction = { programIdIndex: 1, accounts: Uint8Array.of(0), data: Uint8Array.of(1) };
  const value = {
    slot: SLOT,
    transaction: {
      signature,
      index: BigInt(number),
      transaction: {
        signatures: [signature],
        message: {
          header: { numRequiredSignatures: 1, numReadonlyUnsignedAccounts: 1 },
          accountKeys: [bytes(32, 1), bytes(32, 2)],
          recentBlockhash: bytes(32, 3),
          instructions: [instruction, instruction],
        },
      },
      meta: { fee: 5_000n },
    },
  };
  const updateOneof = { case: 'transaction' as const, value };
  return ChainMessage.of(create(SubscribeUpdateSchema, { updateOneof }));
}

/** Handlers that end only when they are told to: shows who may begin beside whom. */
class Held {
  readonly begun: string[] = [];
  readonly #ends: (() => void)[] = [];

  readonly handler = {
    name: 'held',
    handle: (name: string): Promise<void> => {
      this.begun.push(name);
      return new Promise((resolve) => this.#ends.push(resolve));
    },
  };

  endAll(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

/**
 * Runs pipelines of accounts and of instructions, and says which updates are handled at once; `expected` is how many
 * they should be.
 */
async function atOnce(
  expected: { accounts: number; instructions: number },
  options: {
    account?: PipelineOptions<AccountUpdate, string>;
    instruction?: PipelineOptions<InstructionUpdate, string>;
  } = {},
): Promise<{ accounts: string[]; instructions: string[] }> {
  await using server = await StandIn.listen();
  const subscribed = server.subscribed();
  const accounts = new Held();
  const instructions = new Held();
  const changes = {
    id: 'changes',
    kind: 'account' as const,
    parse: ({ pubkey, writeVersion }: AccountUpdate) => `${pubkey[0]}/${writeVersion}`,
  };
  const calls = {
    id: 'calls',
    kind: 'instruction' as const,
    parse: ({ transaction: { signature }, path }: InstructionUpdate) => `${signature[0]}/${path}`,
  };
  await using runtime = await yellowstoneRuntime()
    .yellowstone(yellowstoneSource({ endpoints: server.address }))
    .account(pipeline(changes, [accounts.handler], { concurrency: 8, ...options.account }))
    .instruction(
      pipeline(calls, [instructions.handler], { concurrency: 8, ...options.instruction }),
    )
    .build();
  const running = runtime.run();
  await subscribed;
  const messages = [change(1, 1), change(1, 2), change(2, 3), transaction(1), transaction(2)];
  server.publish(messages);
  await until(
    () =>
      runtime.stats().totals.received === 7 &&
      accounts.begun.length >= expected.accounts &&
      instructions.begun.length >= expected.instructions,
  );
  // Whoever need not wait has begun before the event loop has turned a few times more.
  let turns = 0;
  await until(() => ++turns > 10);
  const begun = { accounts: [...accounts.begun], instructions: [...instructions.begun] };
  const ending = runtime.shutdown();
  let ended = false;
  void ending.then(() => {
    ended = true;
  });
  await until(() => {
    accounts.endAll();
    instructions.endAll();
    return ended;
  });
  await running;
  expect(accounts.begun).toHaveLength(3);
  expect(instructions.begun).toHaveLength(4);
  return begun;
}

describe('the order of a chain', () => {
  it('is kept for each account and each transaction, and others do not wait', async () => {
    expect(await atOnce({ accounts: 2, instructions: 2 })).toEqual({
      accounts: ['1/1', '2/3'],
      instructions: ['1/0', '2/0'],
    });
  });

  it('is whatever a pipeline says', async () => {
    const byOwner = ({ owner }: AccountUpdate): string => addressOf(owner);
    expect(
      await atOnce(
        { accounts: 1, instructions: 4 },
        { account: { key: byOwner }, instruction: { ordering: 'none' } },
      ),
    ).toEqual({
      accounts: ['1/1'],
      instructions: ['1/0', '1/1', '2/0', '2/1'],
    });
    expect(
      await atOnce(
        { accounts: 3, instructions: 1 },
        { account: { ordering: 'none' }, instruction: { ordering: 'strict' } },
      ),
    ).toEqual({ accounts: ['1/1', '1/2', '2/3'], instructions: ['1/0'] });
  });
});
