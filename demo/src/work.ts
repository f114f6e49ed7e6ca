import {
  type BatchHandler,
  type DeadLetterSink,
  FILTERED,
  type Handler,
  type Parser,
  type PipelineDefinition,
  pipeline,
} from '@rockpool/pipeline';
import {
  type AccountUpdate,
  addressOf,
  type InstructionUpdate,
  type Mint,
  type TokenAccount,
  type TokenInstruction,
  tokenAccountParser,
  tokenInstructionParser,
} from '@rockpool/yellowstone';
import { MEMO_PROGRAM, POISON } from './chain/traffic.js';
import { entryOf, idOf } from './ledger/entries.js';
import type { Ledger } from './ledger/ledger.js';

/** What the handlers are made to do wrong, by the script of faults. */
export class Mischief {
  /** How long every batch of the ledger takes beside its work, in ms. */
  slowMs = 0;
  /** So many attempts to write the ledger fail. */
  failures = 0;

  /** To be called before the work is done. */
  async play(): Promise<void> {
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the disk of the ledger is said to be full');
    }
  }
}

/** What handlers keep. */
export interface Records {
  readonly ledger: Ledger;
  /** Token accounts and what they held last. */
  readonly watched: Map<string, bigint>;
  /** Instructions that were dead-lettered. */
  readonly dead: Set<string>;
  readonly mischief: Mischief;
}

/** The pipelines of the demo: balances by account, a ledger in batches, and memos of which some are poisonous. */
export function pipelinesFor(records: Records): {
  readonly balances: PipelineDefinition<'account'>;
  readonly ledger: PipelineDefinition<'instruction'>;
  readonly memos: PipelineDefinition<'instruction'>;
} {
  return {
    balances: pipeline(tokenAccountParser('balances'), [watch(records)], {
      key: ({ pubkey }) => Buffer.from(pubkey).toString('base64'),
    }),
    ledger: pipeline(tokenInstructionParser('ledger'), [write(records)], {
      retry: { maxAttempts: 50, initialBackoffMs: 20, maxBackoffMs: 200 },
      breaker: { recoveryTimeoutMs: 300 },
    }),
    memos: pipeline(memoParser, [read], {
      retry: { initialBackoffMs: 5, maxBackoffMs: 20, deadLetter: letters(records) },
      breaker: false,
    }),
  };
}

const watch = ({ watched }: Records): Handler<TokenAccount | Mint, AccountUpdate> => ({
  name: 'watch',
  handle: (found) => {
    if (found.type === 'account') watched.set(addressOf(found.address), found.amount);
  },
});

const write = ({
  ledger,
  mischief,
}: Records): BatchHandler<TokenInstruction, InstructionUpdate> => ({
  name: 'write',
  handleBatch: async (items) => {
    await mischief.play();
    await ledger.append(items.map(({ value, update }) => entryOf(value, update)));
  },
});

/** A parser of one's own is an object. */
const memoParser: Parser<InstructionUpdate, string> = {
  id: 'memos',
  kind: 'instruction',
  prefilter: { transaction: { include: [MEMO_PROGRAM] } },
  parse: ({ program, data }) =>
    addressOf(program) === MEMO_PROGRAM ? Buffer.from(data).toString('utf8') : FILTERED,
};

const read: Handler<string, InstructionUpdate> = {
  name: 'read',
  handle: (text) => {
    if (text === POISON) throw new Error('this memo is poisonous');
  },
};

const letters = ({ dead }: Records): DeadLetterSink => ({
  write: ({ update }) => void dead.add(idOf(update as InstructionUpdate)),
});
