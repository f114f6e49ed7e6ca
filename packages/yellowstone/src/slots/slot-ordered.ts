import {
  FILTERED,
  type Parser,
  type PipelineDefinition,
  pipeline,
  type Update,
} from '@rockpool/pipeline';
import type {
  BlockMetaUpdate,
  EntryUpdate,
  SlotUpdate,
  TransactionUpdate,
} from '../updates/kinds.js';
import {
  DISCARD_REASONS,
  type DiscardReason,
  type OrderedSlot,
  SlotTracker,
} from './slot-tracker.js';

/** How slots are put in order. */
export interface SlotOrderedOptions {
  /** The status that opens the second gate. Default `'confirmed'`. */
  readonly commitment?: 'confirmed' | 'finalized' | undefined;
  /** Slots that are remembered at once, at least 1; beyond, the oldest are left out. Default 150. */
  readonly maxSlots?: number | undefined;
  /** A confirmed slot that is not whole is left out when slots that far above are confirmed. Default 32. */
  readonly patienceSlots?: number | undefined;
  /** Slots that may wait for the reader, at least 1; beyond, the pipelines wait. Default 8. */
  readonly maxReady?: number | undefined;
  /** Told of every slot that is left out. */
  readonly onDiscard?: ((slot: bigint, reason: DiscardReason) => void) | undefined;
}

/** Figures of a stage. */
export interface SlotOrderedStats {
  /** Slots that were handed out. */
  readonly slots: number;
  readonly discarded: Readonly<Record<DiscardReason, number>>;
  /** Slots that are remembered. */
  readonly tracked: number;
  /** Slots that wait for the reader. */
  readonly ready: number;
}

/**
 * Puts values together by slot: each slot at once and whole, from parent to child, and only what the chain confirmed.
 * Read it with `for await`; leaving the loop closes it. Its three pipelines go into one runtime.
 */
export interface SlotOrdered<Out> extends AsyncIterable<OrderedSlot<Out>> {
  /** The pipeline of transactions whose values are put together. It must get all of them: see the documentation. */
  transactions(parser: Parser<TransactionUpdate, Out>): PipelineDefinition<'transaction'>;
  /** The same with entries. Either this or {@link SlotOrdered.transactions}. */
  entries(parser: Parser<EntryUpdate, Out>): PipelineDefinition<'entry'>;
  /** The pipeline that learns how many updates a slot has, and on which slot it builds. */
  blockMetas(): PipelineDefinition<'blockMeta'>;
  /** The pipeline that learns what became of slots. */
  statuses(): PipelineDefinition<'slot'>;
  /** Forgets what came of a slot; for the event `reset` of a runtime. */
  reset(slot: bigint): void;
  stats(): SlotOrderedStats;
  /** Ends the reader after what is ready; what is not whole by now is not handed out. */
  close(): void;
}

/** Makes a stage that hands out slots in the order of the chain. */
export function slotOrdered<Out>(options: SlotOrderedOptions = {}): SlotOrdered<Out> {
  return new SlotStage(options);
}

class SlotStage<Out> implements SlotOrdered<Out> {
  readonly #tracker: SlotTracker<Out>;
  readonly #commitment: 'confirmed' | 'finalized';
  readonly #maxReady: number;
  readonly #discarded = Object.fromEntries(DISCARD_REASONS.map((reason) => [reason, 0])) as Record<
    DiscardReason,
    number
  >;
  #ready: OrderedSlot<Out>[] = [];
  #slots = 0;
  #closed = false;
  #counted: 'transaction' | 'entry' = 'transaction';
  /** The reader waits for a slot. */
  #wake: (() => void) | undefined;
  /** The pipelines wait for the reader. */
  #room: PromiseWithResolver | undefined;

  constructor(options: SlotOrderedOptions) {
    const { commitment = 'confirmed', maxSlots = 150, patienceSlots = 32 } = options;
    this.#commitment = commitment;
    this.#maxReady = options.maxReady ?? 8;
    this.#tracker = new SlotTracker(
      { maxSlots, patienceSlots },
      {
        onSlot: (slot) => {
          this.#slots++;
          this.#ready.push(slot);
          this.#wake?.();
        },
        onDiscard: (slot, reason) => {
          this.#discarded[reason]++;
          options.onDiscard?.(slot, reason);
        },
      },
    );
  }

  transactions(parser: Parser<TransactionUpdate, Out>): PipelineDefinition<'transaction'> {
    this.#counted = 'transaction';
    return this.#collecting(parser);
  }

  entries(parser: Parser<EntryUpdate, Out>): PipelineDefinition<'entry'> {
    this.#counted = 'entry';
    return this.#collecting(parser);
  }

  blockMetas(): PipelineDefinition<'blockMeta'> {
    const parser = {
      id: 'slots-blocks',
      kind: 'blockMeta' as const,
      parse: identity<BlockMetaUpdate>,
    };
    const handle = (meta: BlockMetaUpdate): Promise<void> | undefined => {
      const { slot, parentSlot, blockhash, executedTransactionCount, entriesCount } = meta;
      const count = this.#counted === 'entry' ? entriesCount : executedTransactionCount;
      this.#tracker.block(slot, parentSlot, blockhash, Number(count));
      return this.#untilRoom();
    };
    return pipeline(parser, [{ name: 'block', handle: (meta) => handle(meta) }]);
  }

  statuses(): PipelineDefinition<'slot'> {
    const parser = {
      id: 'slots-statuses',
      kind: 'slot' as const,
      prefilter: { slot: { interslotUpdates: true } },
      parse: identity<SlotUpdate>,
    };
    const handle = ({ slot, status, parent }: SlotUpdate): Promise<void> | undefined => {
      if (status === 'dead') this.#tracker.dead(slot);
      else if (status === this.#commitment || status === 'finalized') {
        this.#tracker.confirmed(slot, parent);
      }
      return this.#untilRoom();
    };
    return pipeline(parser, [{ name: 'status', handle: (update) => handle(update) }]);
  }

  reset(slot: bigint): void {
    this.#tracker.reset(slot);
  }

  stats(): SlotOrderedStats {
    return {
      slots: this.#slots,
      discarded: { ...this.#discarded },
      tracked: this.#tracker.size,
      ready: this.#ready.length,
    };
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
    this.#giveRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OrderedSlot<Out>, void, void> {
    try {
      for (;;) {
        const next = this.#ready.shift();
        if (next !== undefined) {
          if (this.#ready.length < this.#maxReady) this.#giveRoom();
          yield next;
        } else if (this.#closed) return;
        else await this.#arrival();
      }
    } finally {
      this.close();
    }
  }

  /** A pipeline whose parser and handler tell the tracker of every update. */
  #collecting<Kind extends 'transaction' | 'entry', In extends Collected & { kind: Kind }>(
    parser: Parser<In, Out>,
  ): PipelineDefinition<Kind> {
    const watched = this.#watched(parser);
    const handle = (value: Out, { slot, index }: In): Promise<void> | undefined => {
      this.#tracker.value(slot, index, value);
      return this.#untilRoom();
    };
    return pipeline<Kind, In, Out>(watched, [{ name: 'collect', handle }]);
  }

  #watched<In extends Collected>(parser: Parser<In, Out>): Parser<In, Out> {
    const { id, kind, prefilter = allOf(kind) } = parser;
    const note = (slot: bigint, found: Out | typeof FILTERED): Out | typeof FILTERED => {
      if (found === FILTERED) this.#tracker.skipped(slot);
      return found;
    };
    const fail = (slot: bigint, error: unknown): never => {
      this.#tracker.failed(slot);
      throw error;
    };
    return {
      id,
      kind,
      prefilter,
      init: (context) => parser.init?.(context),
      dispose: () => parser.dispose?.(),
      parse: (update, context) => {
        const { slot } = update;
        try {
          const found = parser.parse(update, context);
          return found instanceof Promise
            ? found.then(
                (value) => note(slot, value),
                (error: unknown) => fail(slot, error),
              )
            : note(slot, found as Out | typeof FILTERED);
        } catch (error) {
          return fail(slot, error);
        }
      },
    };
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** A promise while the reader is behind: that is the back-pressure to the server. */
  #untilRoom(): Promise<void> | undefined {
    if (this.#closed || this.#ready.length < this.#maxReady) return undefined;
    this.#room ??= promiseWithResolver();
    return this.#room.promise;
  }

  #giveRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/** A slot is whole when as many have come as its block meta says, and that counts votes and failures too. */
function allOf(kind: 'transaction' | 'entry'): object {
  return kind === 'entry' ? { entry: true } : { transaction: { failed: null, vote: null } };
}

type Collected = TransactionUpdate | EntryUpdate;

const identity = <In extends Update>(update: In): In => update;

interface PromiseWithResolver {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function promiseWithResolver(): PromiseWithResolver {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
