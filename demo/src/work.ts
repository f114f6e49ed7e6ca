import { type DeadLetterSink, FILTERED, pipeline } from '@rockpool/pipeline';
import type { AccountUpdate, InstructionUpdate } from '@rockpool/yellowstone';
import { addressOf } from '@rockpool/yellowstone';
import { getTokenDecoder, getTokenSize, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { MEMO_PROGRAM, POISON } from './chain/traffic.js';
import { entryOf, idOf } from './ledger/entries.js';
import type { Entry, Ledger } from './ledger/ledger.js';

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

interface Holding {
  readonly account: string;
  readonly amount: bigint;
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
export function pipelinesFor({ ledger, watched, dead, mischief }: Records) {
  const balances = pipeline(
    {
      id: 'balances',
      kind: 'account' as const,
      prefilter: { account: { owners: [TOKEN_PROGRAM_ADDRESS], dataSizeBytes: getTokenSize() } },
      parse: ({ pubkey, data }: AccountUpdate): Holding => ({
        account: addressOf(pubkey),
        amount: getTokenDecoder().decode(data).amount,
      }),
    },
    [{ name: 'watch', handle: ({ account, amount }) => void watched.set(account, amount) }],
    { key: ({ pubkey }: AccountUpdate) => Buffer.from(pubkey).toString('base64') },
  );

  const book = pipeline(
    {
      id: 'ledger',
      kind: 'instruction' as const,
      prefilter: { transaction: { include: [TOKEN_PROGRAM_ADDRESS] } },
      parse: (update: InstructionUpdate): Entry | typeof FILTERED => {
        if (addressOf(update.program) !== TOKEN_PROGRAM_ADDRESS) return FILTERED;
        return entryOf(update) ?? FILTERED;
      },
    },
    [
      {
        name: 'write',
        handleBatch: async (items) => {
          await mischief.play();
          await ledger.append(items.map(({ value }) => value));
        },
      },
    ],
    {
      retry: { maxAttempts: 50, initialBackoffMs: 20, maxBackoffMs: 200 },
      breaker: { recoveryTimeoutMs: 300 },
    },
  );

  const letters: DeadLetterSink = {
    write: ({ update }) => void dead.add(idOf(update as InstructionUpdate)),
  };
  const memos = pipeline(
    {
      id: 'memos',
      kind: 'instruction' as const,
      prefilter: { transaction: { include: [MEMO_PROGRAM] } },
      parse: ({ program, data }: InstructionUpdate): string | typeof FILTERED =>
        addressOf(program) === MEMO_PROGRAM ? Buffer.from(data).toString('utf8') : FILTERED,
    },
    [
      {
        name: 'read',
        handle: (text) => {
          if (text === POISON) throw new Error('this memo is poisonous');
        },
      },
    ],
    { retry: { initialBackoffMs: 5, maxBackoffMs: 20, deadLetter: letters }, breaker: false },
  );
  return { balances, book, memos };
}
