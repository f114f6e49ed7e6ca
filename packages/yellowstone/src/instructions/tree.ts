import type { TransactionMessage, TransactionMeta } from '../wire/storage.js';
import type { WireTransactionInfo } from '../wire/update.js';
import { LogWalk } from './logs.js';

/** An instruction and those that it called. */
export interface InstructionNode {
  readonly program: Uint8Array;
  readonly accounts: readonly Uint8Array[];
  readonly data: Uint8Array;
  /** Where it stands in the tree: `[2, 0]` is the first instruction that the third one called. */
  readonly path: readonly number[];
  /** Where it stands when the tree is walked from the top, the first one being 0. */
  readonly flatIndex: number;
  readonly inner: readonly InstructionNode[];
  /** What was logged while it ran, by what it called too. Empty when the logs were cut off. */
  readonly logs: readonly string[];
}

/** An instruction names something that the transaction does not have. */
export class InstructionError extends Error {
  override readonly name = 'InstructionError';
  readonly code = 'ERR_YELLOWSTONE_INSTRUCTION';
}

/** The height of an instruction that a top-level one called. */
const FIRST_INNER_HEIGHT = 2;

/**
 * The instructions of a transaction as a tree: top-level ones, and below each the ones it called.
 * @throws InstructionError when one names an account that is not there
 */
export function instructionTree(info: WireTransactionInfo): readonly InstructionNode[] {
  const message = info.transaction?.message;
  if (message === undefined) return [];
  return new TreeBuilder(message, info.meta).build();
}

/** All instructions of trees in the order in which they ran. */
export function* walk(nodes: readonly InstructionNode[]): Generator<InstructionNode> {
  for (const node of nodes) {
    yield node;
    yield* walk(node.inner);
  }
}

/** An instruction as both lists have it. */
interface Compiled {
  readonly programIdIndex: number;
  readonly accounts: Uint8Array;
  readonly data: Uint8Array;
}

type Growing = InstructionNode & { readonly inner: InstructionNode[] };

class TreeBuilder {
  readonly #message: TransactionMessage;
  readonly #meta: TransactionMeta | undefined;
  readonly #keys: readonly Uint8Array[];
  readonly #logs: LogWalk;
  #count = 0;

  constructor(message: TransactionMessage, meta: TransactionMeta | undefined) {
    this.#message = message;
    this.#meta = meta;
    // Keys from tables follow those of the message, those that may be written first.
    this.#keys =
      meta === undefined
        ? message.accountKeys
        : [
            ...message.accountKeys,
            ...meta.loadedWritableAddresses,
            ...meta.loadedReadonlyAddresses,
          ];
    this.#logs = new LogWalk(meta?.logMessages ?? []);
  }

  build(): readonly InstructionNode[] {
    const called = new Map(this.#meta?.innerInstructions.map((each) => [each.index, each]));
    return this.#message.instructions.map((instruction, index) => {
      const top = this.#node(instruction, [index]);
      // The instructions that are running, the innermost last; each has a height one above the one before.
      const running: Growing[] = [top];
      for (const each of called.get(index)?.instructions ?? []) {
        const height = each.stackHeight ?? FIRST_INNER_HEIGHT;
        const depth = Math.min(Math.max(1, height - 1), running.length);
        running.length = depth;
        const caller = running[depth - 1] as Growing;
        const node = this.#node(each, [...caller.path, caller.inner.length]);
        caller.inner.push(node);
        running.push(node);
      }
      return top;
    });
  }

  #node({ programIdIndex, accounts, data }: Compiled, path: readonly number[]): Growing {
    const program = this.#key(programIdIndex, path);
    return {
      program,
      accounts: Array.from(accounts, (index) => this.#key(index, path)),
      data,
      path,
      flatIndex: this.#count++,
      inner: [],
      logs: this.#logs.next(program, path.length),
    };
  }

  #key(index: number, path: readonly number[]): Uint8Array {
    const key = this.#keys[index];
    if (key?.length === 32) return key;
    throw new InstructionError(
      `instruction ${path.join('.')} names account ${index}: ${
        key === undefined
          ? `the transaction has ${this.#keys.length}`
          : `its key has ${key.length} bytes instead of 32`
      }`,
    );
  }
}
