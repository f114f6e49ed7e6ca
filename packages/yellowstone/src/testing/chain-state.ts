import type { ChainMessage } from './chain-message.js';

/** How long a blockhash is valid, in blocks. */
const BLOCKHASH_BLOCKS = 150;

interface Tip {
  readonly slot: bigint;
  readonly blockhash: string;
  readonly height: bigint;
}

/** What the unary methods tell: the newest slot, block and blockhash of each commitment. */
export class ChainState {
  readonly #slots = [0n, 0n, 0n];
  readonly #blocks = new Map<bigint, Tip>();
  #tip: Tip = { slot: 0n, blockhash: '', height: 0n };

  observe({ update }: ChainMessage): void {
    if (update.case === 'slot') {
      const { slot, status } = update.value;
      const known = this.#slots[status];
      if (known !== undefined && slot > known) this.#slots[status] = slot;
    } else if (update.case === 'blockMeta') {
      const { slot, blockhash, blockHeight } = update.value;
      const height = blockHeight?.blockHeight ?? this.#tip.height + 1n;
      this.#tip = { slot, blockhash, height };
      this.#blocks.set(slot, this.#tip);
      if (slot > (this.#slots[0] as bigint)) this.#slots[0] = slot;
      for (const each of this.#blocks.keys()) {
        if (this.#blocks.size <= BLOCKHASH_BLOCKS) break;
        this.#blocks.delete(each);
      }
    }
  }

  slot(commitment = 0): bigint {
    return this.#slots[commitment] ?? 0n;
  }

  /** The newest block that has reached the commitment. */
  block(commitment = 0): Tip {
    return this.#blocks.get(this.slot(commitment)) ?? this.#tip;
  }

  isValid(blockhash: string): boolean {
    return [...this.#blocks.values()].some((each) => each.blockhash === blockhash);
  }

  /** The last block height at which the newest blockhash is valid. */
  lastValidHeight(commitment = 0): bigint {
    return this.block(commitment).height + BigInt(BLOCKHASH_BLOCKS);
  }
}
