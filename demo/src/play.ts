import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ShutdownReport } from '@rockpool/pipeline';
import { Chain } from './chain/chain.js';
import { Dice } from './chain/dice.js';
import { keyOf } from './chain/wallets.js';
import { begin, type FaultName, type PlannedFault, type Stage } from './faults.js';
import { Feed } from './feed.js';
import { Ledger } from './ledger/ledger.js';
import { type Finding, type Life, prove } from './ledger/proof.js';
import { Session } from './session.js';
import { Validator } from './validator.js';
import { Mischief, type Records } from './work.js';

/** What is to be played. */
export interface PlayOptions {
  readonly seed: number;
  readonly slots: number;
  /** Transactions of a slot, on average. */
  readonly transactions: number;
  /** From one slot to the next, in ms; a real chain takes 400. */
  readonly slotMs: number;
  readonly faults: readonly PlannedFault[];
  /** Where the ledger is kept. */
  readonly folder: string;
  readonly audience: Audience;
  /** Aborted to end it early. */
  readonly signal: AbortSignal;
}

/** Whoever watches. */
export interface Audience {
  /** A session has begun, the first one or one after a restart. */
  session(session: Session): void;
  slot(slot: bigint, session: Session, ledger: Ledger, feed: Feed): void;
  fault(name: FaultName, phase: 'begins' | 'ends'): void;
  ended(report: ShutdownReport): void;
}

/** What came out. */
export interface Outcome {
  readonly findings: readonly Finding[];
  readonly ledgerPath: string;
  readonly transactions: number;
  readonly slots: number;
  /** One for each life of the runtime. */
  readonly lives: readonly Life[];
}

const WALLETS = 50;
/** Empty slots at the end, so that the last one with content counts as whole. */
const CLOSING_SLOTS = 16;

/**
 * Plays a chain through a server into a runtime, lets things go wrong, and proves that the ledger is right.
 * `undefined`: it was ended early, in good order, and there is nothing to prove.
 */
export async function play(options: PlayOptions): Promise<Outcome | undefined> {
  const { seed, slots, transactions, folder, audience, signal } = options;
  const chain = new Chain(await keyOf(seed, 0));
  const feed = await Feed.open(chain, seed, new Dice(seed), WALLETS);
  await mkdir(folder, { recursive: true });
  const ledgerPath = path.join(folder, `ledger-${seed}.jsonl`);
  await using validator = await Validator.start();
  const lives: Life[] = [];
  const mischief = new Mischief();
  let records: Records = {
    ledger: await Ledger.open(ledgerPath),
    watched: new Map(),
    dead: new Set(),
    mischief,
  };
  const dice = new Dice(seed + 1);
  const begunWith = chain.slot;
  const start = async (from: bigint | undefined): Promise<Session> => {
    const random = () => dice.below(1_000) / 1_000;
    const session = await Session.start(validator.address, records, { from, random });
    audience.session(session);
    return session;
  };
  const end = async (session: Session): Promise<bigint | undefined> => {
    const { report, ...life } = await session.terminate();
    lives.push(life);
    audience.ended(report);
    return life.stats.handledUpTo;
  };
  // The first slot is there before anybody asks for it.
  validator.publish(await feed.play(transactions));
  const stage: Stage = {
    session: await start(begunWith),
    validator,
    mischief,
    async restart() {
      mischief.failures = 0;
      const mark = await end(stage.session);
      records = { ...records, ledger: await Ledger.open(ledgerPath) };
      stage.session = await start(mark === undefined ? begunWith : mark + 1n);
    },
  };
  const open: { over: number; name: FaultName; end: () => Promise<void> | void }[] = [];
  for (let at = 0; at < slots + CLOSING_SLOTS && !signal.aborted; at++) {
    for (const due of open.filter(({ over }) => over <= at)) {
      open.splice(open.indexOf(due), 1);
      await due.end();
      audience.fault(due.name, 'ends');
    }
    const starting = options.faults.filter(({ slot }) => slot === at);
    for (const { name, slots: lasting } of starting) {
      // One at a time of each kind: a server that is gone cannot be killed.
      if (open.some((each) => each.name === name)) continue;
      audience.fault(name, 'begins');
      open.push({ over: at + lasting, name, end: await begin(name, stage) });
    }
    const poison = starting.some(({ name }) => name === 'poison') ? 'poison' : 'no-poison';
    const played = await feed.play(at < slots ? transactions : 0, poison);
    validator.publish(played);
    audience.slot(played.slot, stage.session, records.ledger, feed);
    await wait(options.slotMs);
  }
  for (const { end: over, name } of open) {
    await over();
    audience.fault(name, 'ends');
  }
  if (signal.aborted) {
    await end(stage.session);
    return undefined;
  }
  const last = chain.slot - BigInt(CLOSING_SLOTS);
  await stage.session.handled(last, AbortSignal.timeout(HANDLED_MS));
  await end(stage.session);
  const findings = prove({
    ledger: await records.ledger.sum(),
    chain: chain.allTokens(),
    watched: records.watched,
    lives,
    dead: records.dead.size,
    poisoned: feed.poisoned,
  });
  return {
    findings,
    ledgerPath,
    transactions: feed.transactions,
    slots: slots + CLOSING_SLOTS,
    lives,
  };
}

/** Everything has to be handled so long after the last slot; much longer than it takes. */
const HANDLED_MS = 60_000;
