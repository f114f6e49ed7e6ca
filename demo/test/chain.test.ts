import { describe, expect, it } from 'vitest';
import { Chain } from '../src/chain/chain.js';
import { Dice } from '../src/chain/dice.js';
import { Traffic } from '../src/chain/traffic.js';
import { updatesOf } from '../src/chain/updates.js';
import { keyOf } from '../src/chain/wallets.js';

/** A chain with ten wallets, and everything that was executed on it. */
async function played(seed: number, steps: number) {
  const chain = new Chain(await keyOf(seed, 0));
  const { traffic, genesis } = await Traffic.begin(chain, new Dice(seed), seed);
  const executed = [genesis];
  for (let wallet = 0; wallet < 10; wallet++) executed.push(await traffic.open());
  for (let step = 0; step < steps; step++) {
    if (step % 20 === 19) chain.nextSlot();
    executed.push(await traffic.step());
  }
  return { chain, traffic, executed };
}

describe('the chain of the demo', () => {
  it('executes real transactions, the same ones for the same seed', async () => {
    const [one, same, other] = await Promise.all([played(7, 60), played(7, 60), played(8, 60)]);
    expect([...one.chain.allTokens()]).toEqual([...same.chain.allTokens()]);
    expect([...one.chain.allTokens()]).not.toEqual([...other.chain.allTokens()]);
    expect(one.chain.allTokens().size).toBeGreaterThanOrEqual(10);
  });

  it('has transactions that fail, calls within calls, and memos', async () => {
    const { executed, traffic } = await played(3, 120);
    executed.push(await traffic.poison());
    const outcomes = new Set(executed.map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['succeeded', 'failed']));
    const poison = executed.at(-1);
    expect([poison?.outcome, poison?.meta.logs().join(' ')]).toEqual([
      'succeeded',
      expect.stringContaining('poison'),
    ]);
    const updates = executed.flatMap((each) => updatesOf(each, () => 1n));
    const calls = updates.flatMap(({ updateOneof: { case: kind, value } }) =>
      kind === 'transaction' ? (value.transaction?.meta?.innerInstructions ?? []) : [],
    );
    expect(calls[0]?.instructions.map(({ stackHeight }) => stackHeight)).toEqual([2, 2, 2, 2]);
  });

  it('tells each account that changed, with what it holds', async () => {
    const { chain, executed } = await played(4, 100);
    const last = new Map<string, bigint>();
    for (const { updateOneof } of executed.flatMap((each) => updatesOf(each, () => 1n))) {
      if (updateOneof.case !== 'account' || updateOneof.value.account?.data.length !== 165)
        continue;
      const { pubkey, data } = updateOneof.value.account;
      const amount = new DataView(data.buffer, data.byteOffset).getBigUint64(64, true);
      last.set(Buffer.from(pubkey).toString('hex'), amount);
    }
    expect([...last.values()].toSorted()).toEqual([...chain.allTokens().values()].toSorted());
  });
});
