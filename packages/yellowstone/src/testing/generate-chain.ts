import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { addressOf } from '../filters/addresses.js';
import { SLOT_STATUSES, type SlotStatus, SubscribeUpdateSchema } from '../wire/update.js';
import { ChainMessage } from './chain-message.js';
import { randomBytes, randomOf } from './random.js';

/** What a generated chain is like. */
export interface ChainOptions {
  /** The same seed makes the same chain. */
  readonly seed: number;
  /** Default 20. */
  readonly slots?: number | undefined;
  /** Default 1,000. */
  readonly firstSlot?: number | undefined;
  /** Default 20. */
  readonly entriesPerSlot?: number | undefined;
  /** Default 5. */
  readonly transactionsPerSlot?: number | undefined;
  /** Default 5. */
  readonly accountsPerSlot?: number | undefined;
  /** The share of slots without a block, 0 to 1. Default 0.1. */
  readonly skippedShare?: number | undefined;
  /** The share of blocks that the chain does not build on, 0 to 1; every second of them is told to be dead. Default 0. */
  readonly forkedShare?: number | undefined;
  /** Slots until a slot is confirmed and final. Default 2 and 6. */
  readonly confirmedAfter?: number | undefined;
  readonly finalizedAfter?: number | undefined;
}

type Update = NonNullable<MessageInitShape<typeof SubscribeUpdateSchema>['updateOneof']>;

/** Makes what a server would send of a number of slots, in its order; nothing in it occurs twice. */
export function generateChain(options: ChainOptions): ChainMessage[] {
  return [...new ChainGenerator(options).messages()].map((updateOneof) =>
    ChainMessage.of(create(SubscribeUpdateSchema, { updateOneof })),
  );
}

class ChainGenerator {
  readonly #options: ChainOptions;
  readonly #random: () => number;
  #writes = 0n;
  #forks = 0;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#random = randomOf(options.seed);
  }

  *messages(): Updates {
    const { slots = 20, firstSlot = 1_000, skippedShare = 0.1, forkedShare = 0 } = this.#options;
    const { confirmedAfter = 2, finalizedAfter = 6 } = this.#options;
    const blocks: number[] = [];
    let parent = firstSlot - 1;
    let parentHash = this.#hash();
    for (let slot = firstSlot; slot < firstSlot + slots; slot++) {
      if (this.#random() < skippedShare) continue;
      const blockhash = this.#hash();
      yield* this.#block(slot, parent, parentHash, blockhash);
      if (forkedShare > 0 && this.#random() < forkedShare) {
        if (this.#forks++ % 2 === 0) yield this.#status(slot, 'dead', parent);
        continue;
      }
      parent = slot;
      parentHash = blockhash;
      blocks.push(slot);
      const confirmed = blocks.at(-1 - confirmedAfter);
      const finalized = blocks.at(-1 - finalizedAfter);
      if (confirmed !== undefined) yield this.#status(confirmed, 'confirmed');
      if (finalized !== undefined) yield this.#status(finalized, 'finalized');
    }
  }

  /** The contents come mixed, as they do from a validator; the meta is the last of them. */
  *#block(slot: number, parent: number, parentBlockhash: string, blockhash: string): Updates {
    const { entriesPerSlot = 20, transactionsPerSlot = 5, accountsPerSlot = 5 } = this.#options;
    yield this.#status(slot, 'firstShredReceived', parent);
    yield this.#status(slot, 'createdBank', parent);
    const content = [
      ...Array.from({ length: entriesPerSlot }, (_, index) => this.#entry(slot, index)),
      ...Array.from({ length: transactionsPerSlot }, (_, index) => this.#transaction(slot, index)),
      ...Array.from({ length: accountsPerSlot }, () => this.#account(slot)),
    ];
    yield* content
      .map((update) => ({ update, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ update }) => update);
    yield this.#status(slot, 'completed', parent);
    yield {
      case: 'blockMeta',
      value: {
        slot: BigInt(slot),
        blockhash,
        parentSlot: BigInt(parent),
        parentBlockhash,
        blockHeight: { blockHeight: BigInt(slot) },
        executedTransactionCount: BigInt(transactionsPerSlot),
        entriesCount: BigInt(entriesPerSlot),
      },
    };
    yield this.#status(slot, 'processed', parent);
  }

  #status(slot: number, status: SlotStatus, parent?: number): Update {
    return {
      case: 'slot',
      value: {
        slot: BigInt(slot),
        status: SLOT_STATUSES.indexOf(status),
        ...(parent === undefined ? {} : { parent: BigInt(parent) }),
      },
    };
  }

  #entry(slot: number, index: number): Update {
    const hash = randomBytes(this.#random, 32);
    const value = { slot: BigInt(slot), index: BigInt(index), numHashes: 12_500n, hash };
    return { case: 'entry', value };
  }

  /** A transfer of one lamport by the system program. */
  #transaction(slot: number, index: number): Update {
    const signature = randomBytes(this.#random, 64);
    const system = new Uint8Array(32);
    const accountKeys = [randomBytes(this.#random, 32), randomBytes(this.#random, 32), system];
    return {
      case: 'transaction',
      value: {
        slot: BigInt(slot),
        transaction: {
          signature,
          index: BigInt(index),
          transaction: {
            signatures: [signature],
            message: {
              header: { numRequiredSignatures: 1, numReadonlyUnsignedAccounts: 1 },
              accountKeys,
              recentBlockhash: randomBytes(this.#random, 32),
              instructions: [
                {
                  programIdIndex: 2,
                  accounts: Uint8Array.of(0, 1),
                  data: Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0),
                },
              ],
            },
          },
          meta: { fee: 5_000n, logMessages: [`Program ${addressOf(system)} invoke [1]`] },
        },
      },
    };
  }

  #account(slot: number): Update {
    return {
      case: 'account',
      value: {
        slot: BigInt(slot),
        account: {
          pubkey: randomBytes(this.#random, 32),
          owner: new Uint8Array(32),
          lamports: BigInt(Math.floor(this.#random() * 1e9)),
          rentEpoch: 2n ** 64n - 1n,
          writeVersion: this.#writes++,
          txnSignature: randomBytes(this.#random, 64),
        },
      },
    };
  }

  #hash(): string {
    return addressOf(randomBytes(this.#random, 32));
  }
}

type Updates = Generator<Update, void, void>;
