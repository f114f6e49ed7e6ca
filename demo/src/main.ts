import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Dice } from './chain/dice.js';
import { randomFaults, story } from './faults.js';
import { play } from './play.js';
import { Narrator, nobody, verdict } from './show.js';

interface Flags {
  readonly seed: number;
  readonly slots: number;
  readonly transactions: number;
  readonly slotMs: number;
  readonly seeds?: number;
}

/** Exit codes: a proof failed; an option makes no sense; ended by Ctrl-C. */
const FAILED = 1;
const MISUSED = 2;
const INTERRUPTED = 130;

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
  };

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

const command = new Command('stream-demo')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : MISUSED))
  .description(
    'A Solana chain in this process, a server, and a runtime that keeps a ledger while things go wrong. In the end it proves that the ledger is right.',
  )
  .option('--seed <number>', 'which chain and which choices', whole(0, 1_000_000), 1)
  .option('--slots <number>', 'slots with transactions', whole(20, 10_000), 120)
  .option('--transactions <number>', 'transactions of a slot, on average', whole(1, 1_000), 12)
  .option(
    '--slot-ms <ms>',
    'from one slot to the next; a real chain takes 400',
    whole(0, 10_000),
    100,
  )
  .option(
    '--seeds <number>',
    'instead of the story: so many seeds with faults at random',
    whole(1, 10_000),
  )
  .action(async (flags: Flags) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'rockpool-demo-'));
    const { signal } = interrupted;
    const holds =
      flags.seeds === undefined ? await tell(flags, folder) : await tryMany(flags, folder);
    if (signal.aborted) process.exitCode = INTERRUPTED;
    else if (!holds) process.exitCode = FAILED;
  });

await command.parseAsync();

/** The story, told as it happens. */
async function tell(flags: Flags, folder: string): Promise<boolean> {
  const { slots } = flags;
  const outcome = await play({
    ...flags,
    folder,
    faults: story(slots),
    audience: new Narrator(process.stdout),
    signal: interrupted.signal,
  });
  if (outcome === undefined) return false;
  process.stdout.write(`\n${verdict(outcome)}`);
  return outcome.findings.every(({ holds }) => holds);
}

/** Faults at random, a line for each seed; what failed is told whole. */
async function tryMany(flags: Flags, folder: string): Promise<boolean> {
  let held = 0;
  const { seed: first, slots, seeds = 1 } = flags;
  for (let seed = first; seed < first + seeds && !interrupted.signal.aborted; seed++) {
    const faults = randomFaults(new Dice(seed), slots, Math.ceil(slots / 10));
    const outcome = await play({
      ...flags,
      seed,
      folder,
      faults,
      audience: nobody,
      signal: interrupted.signal,
    });
    if (outcome === undefined) break;
    const names = faults.map(({ name }) => name).join(', ');
    const holds = outcome.findings.every((finding) => finding.holds);
    if (holds) held += 1;
    process.stdout.write(
      `seed ${seed}: ${outcome.transactions} transactions, ${outcome.lives.length} lives, ${faults.length} faults (${names}): ${holds ? 'holds' : 'FAILS'}\n`,
    );
    if (!holds) process.stdout.write(verdict(outcome));
  }
  process.stdout.write(`${held} of ${seeds} proofs hold\n`);
  return held === seeds;
}
