import { ChainMessage } from '@rockpool/yellowstone/testing';
import type { Chain, ExecutedTransaction } from './chain/chain.js';
import type { Dice } from './chain/dice.js';
import { Traffic } from './chain/traffic.js';
import { blockMetaUpdate, slotUpdate, updatesOf } from './chain/updates.js';

/** What happened in a slot, as a server tells it. */
export interface PlayedSlot {
  readonly slot: bigint;
  readonly messages: readonly ChainMessage[];
  readonly transactions: number;
}

/** How many slots later a slot is confirmed, and finalized. */
const CONFIRMED_AFTER = 1n;
const FINALIZED_AFTER = 3n;

/** Plays the traffic of a chain slot by slot. */
export class Feed {
  readonly chain: Chain;
  readonly #dice: Dice;
  readonly #traffic: Traffic;
  #begun: readonly ExecutedTransaction[];
  #parent = '';
  #writes = 0n;
  /** Transactions of which a handler refuses the memo. */
  poisoned = 0;
  transactions = 0;

  private constructor(chain: Chain, dice: Dice, traffic: Traffic, begun: ExecutedTransaction[]) {
    this.chain = chain;
    this.#dice = dice;
    this.#traffic = traffic;
    this.#begun = begun;
    this.#parent = chain.blockhash;
  }

  /** A mint and some wallets; they are told with the first slot. */
  static async open(chain: Chain, seed: number, dice: Dice, wallets: number): Promise<Feed> {
    const { traffic, genesis } = await Traffic.begin(chain, dice, seed);
    const begun = [genesis];
    for (let wallet = 0; wallet < wallets; wallet++) begun.push(await traffic.open());
    return new Feed(chain, dice, traffic, begun);
  }

  /** The next slot, with so many transactions on average, and perhaps a poisonous one. */
  async play(average: number, poison: 'poison' | 'no-poison' = 'no-poison'): Promise<PlayedSlot> {
    const executed = [...this.#begun];
    this.#begun = [];
    for (let left = this.#dice.below(2 * average + 1); left > 0; left--) {
      executed.push(await this.#traffic.step());
    }
    if (poison === 'poison') {
      executed.push(await this.#traffic.poison());
      this.poisoned += 1;
    }
    this.transactions += executed.length;
    const { slot, blockhash } = this.chain;
    const updates = [
      ...executed.flatMap((each) => updatesOf(each, () => ++this.#writes)),
      slotUpdate(slot, 'processed'),
      blockMetaUpdate(slot, blockhash, this.#parent, executed.length),
      slotUpdate(slot - CONFIRMED_AFTER, 'confirmed'),
      slotUpdate(slot - FINALIZED_AFTER, 'finalized'),
    ];
    this.#parent = blockhash;
    this.chain.nextSlot();
    return {
      slot,
      messages: updates.map((update) => ChainMessage.of(update)),
      transactions: executed.length,
    };
  }
}
