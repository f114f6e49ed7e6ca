import type { Dice } from './chain/dice.js';
import type { Session } from './session.js';
import type { Validator } from './validator.js';
import type { Mischief } from './work.js';

/** What may go wrong, and what an operator may do. */
export const FAULTS = [
  'slow handler',
  'pause',
  'cut',
  'broken connections',
  'server killed',
  'failing ledger',
  'poison',
  'restart',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** A fault, and the slot before which it begins. */
export interface PlannedFault {
  readonly slot: number;
  readonly name: FaultName;
  /** Slots until it is over, for those that last. */
  readonly slots: number;
}

/** The story of the demonstration: everything once, in the order in which it is best watched. */
export function story(slots: number): PlannedFault[] {
  const names: readonly FaultName[] = [
    'slow handler',
    'pause',
    'server killed',
    'poison',
    'failing ledger',
    'broken connections',
    'restart',
    'cut',
  ];
  const apart = Math.floor(slots / (names.length + 1));
  return names.map((name, index) => ({
    name,
    slot: (index + 1) * apart,
    slots: Math.max(2, Math.floor(apart / 2)),
  }));
}

/** Faults at random: the same ones for the same dice. */
export function randomFaults(dice: Dice, slots: number, count: number): PlannedFault[] {
  return Array.from({ length: count }, () => ({
    name: dice.oneOf(FAULTS),
    slot: 1 + dice.below(slots - 1),
    slots: 1 + dice.below(5),
  })).sort((one, other) => one.slot - other.slot);
}

/** What faults act on. A restart replaces the session. */
export interface Stage {
  session: Session;
  readonly validator: Validator;
  readonly mischief: Mischief;
  /** Ends the session by a signal and begins another one where it was. */
  restart(): Promise<void>;
}

/** How slow a slow handler is, in ms for each batch. */
const SLOW_MS = 60;
/** Enough failures in a row to open a circuit breaker, which takes five. */
const FAILURES = 7;

/** Begins a fault; what it returns ends it. */
export async function begin(name: FaultName, stage: Stage): Promise<() => Promise<void> | void> {
  const { validator, mischief } = stage;
  switch (name) {
    case 'slow handler':
      mischief.slowMs = SLOW_MS;
      return () => {
        mischief.slowMs = 0;
      };
    case 'pause': {
      const { runtime } = stage.session;
      if (runtime.state !== 'running') return () => undefined;
      await runtime.pause();
      // A restart meanwhile has ended the paused one, and the next one runs.
      return () => {
        if (runtime.state === 'paused') runtime.resume();
      };
    }
    case 'cut':
      validator.cut();
      return () => undefined;
    case 'broken connections':
      validator.disconnect();
      return () => undefined;
    case 'server killed':
      await validator.kill();
      return () => validator.restart();
    case 'failing ledger':
      mischief.failures += FAILURES;
      return () => undefined;
    case 'poison':
      // The memo comes with the slot; see the player.
      return () => undefined;
    case 'restart':
      await stage.restart();
      return () => undefined;
  }
}
