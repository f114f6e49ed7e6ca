import fc from 'fast-check';
import genericPool from 'generic-pool';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPool, type Options } from '../../src/generic-pool/index.js';
import {
  perform,
  type Scenario,
  type Step,
  smoothScenario,
  troubledScenario,
} from './support/scenario.js';
import { type CreatePool, Side } from './support/side.js';
import { followingClock, pass, settled, startVirtualTime } from './support/virtual-time.js';

/** `ROCKPOOL_DIFFERENTIAL_RUNS=20000 npx vitest run packages/core/test/generic-pool` for a long run. */
const runs = Number(process.env['ROCKPOOL_DIFFERENTIAL_RUNS'] ?? 1_000);
/** These take longer, because both have to come to rest after each step. */
const troubledRuns = Math.ceil(runs * 0.4);

/** How long the drop-in waits before it creates again; the wait is a known difference and kept short here. */
const RETRY_MS = 1;
/** Longer than any job, and the chain of failures after it, of a scenario. */
const REST_MS = 40;

const original = genericPool.createPool as unknown as CreatePool;
const dropIn: CreatePool = (factory, options) =>
  createPool(factory, {
    ...options,
    rockpool: {
      clock: followingClock,
      createRetry: { initialMs: RETRY_MS, maxMs: RETRY_MS, jitter: 0 },
    },
  });

/** One scenario lived through by generic-pool and by the drop-in, side by side. */
class Duel {
  readonly theirs: Side;
  readonly ours: Side;

  constructor(options: Options, script: Scenario['script']) {
    this.theirs = new Side(original, options, script);
    this.ours = new Side(dropIn, options, script);
  }

  async both(act: (side: Side) => void): Promise<void> {
    act(this.theirs);
    act(this.ours);
    await settled();
  }

  compare(): void {
    const { checked: ourChecks, ...ours } = this.ours.log;
    const { checked: theirChecks, ...theirs } = this.theirs.log;
    expect(inAnyOrder(ours)).toEqual(inAnyOrder(theirs));
    // Known difference: with several resources the drop-in checks every new one while somebody waits, and does not
    // repeat a check that has just been made.
    if (this.ours.pool.max === 1) expect(ourChecks).toEqual(theirChecks);
    expect(this.ours.view()).toEqual(this.theirs.view());
    this.compareWaits();
  }

  /**
   * Known differences: generic-pool looks every 100 ms whether it is ready, and its `drain` does not wait for every
   * caller in line. So the drop-in is ready no later, and drained no sooner.
   */
  compareWaits(): void {
    for (const [index, theirs] of this.theirs.readied.entries()) {
      if (theirs.state === 'fulfilled') expect(this.ours.readied[index]).toEqual(theirs);
    }
    for (const [index, ours] of this.ours.drained.entries()) {
      if (ours.state === 'fulfilled') expect(this.theirs.drained[index]).toEqual(ours);
    }
  }
}

/** Destructions that fail in one turn are told in the order of their promises, which is each pool's own affair. */
function inAnyOrder<L extends { readonly destructionErrors: readonly string[] }>(log: L): L {
  return { ...log, destructionErrors: log.destructionErrors.toSorted() };
}

/** With `rest` the two are given time to come to rest before each comparison. */
async function live(scenario: Scenario, rest: number): Promise<void> {
  startVirtualTime();
  const duel = new Duel(scenario.options, scenario.script);
  const compareAtRest = async (): Promise<void> => {
    await pass(rest);
    duel.compare();
  };
  await compareAtRest();
  for (const step of scenario.steps) {
    if (step.does === 'pass') await livePass(duel, step, rest);
    else await duel.both((side) => perform(side, step));
    await compareAtRest();
  }
  await end(duel, scenario.ends, rest);
}

async function livePass(
  duel: Duel,
  { ms }: Extract<Step, { does: 'pass' }>,
  rest: number,
): Promise<void> {
  for (let passed = 0; passed < ms; passed++) {
    await pass(1);
    if (rest === 0) duel.compare();
  }
}

async function end(duel: Duel, how: Scenario['ends'], rest: number): Promise<void> {
  if (how === 'as it is') return;
  if (how === 'with drain and clear') {
    await duel.both((side) => side.drain());
    // Whoever holds something gives it back, until nobody is left.
    const drained = (side: Side) => side.drained.every(({ state }) => state === 'fulfilled');
    for (let round = 0; round < 1_000 && !(drained(duel.ours) && drained(duel.theirs)); round++) {
      await duel.both((side) => side.release(0));
      await pass(rest + 2);
    }
    await pass(50);
    for (const side of [duel.ours, duel.theirs]) {
      expect(side.drained.map(({ state }) => state)).toEqual(side.drained.map(() => 'fulfilled'));
    }
  }
  duel.compare();
  // Known difference: generic-pool destroys what is being made for a caller in line, and then lends it.
  if (duel.theirs.pool.pending > 0) return;
  await duel.both((side) => side.clear());
  await pass(30);
  // Known difference: generic-pool still counts, and lends, what `clear` has destroyed.
  expect(duel.ours.log.ended).toEqual(duel.theirs.log.ended);
  expect(duel.ours.cleared).toEqual(duel.theirs.cleared);
  if (how === 'with drain and clear') expect(duel.ours.pool.size).toBe(0);
}

describe('generic-pool and the drop-in', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it(`agree at every millisecond of ${runs} random scenarios`, async () => {
    await fc.assert(
      fc.asyncProperty(smoothScenario, (scenario) => live(scenario, 0)),
      { numRuns: runs },
    );
  }, 3_600_000);

  it(`agree at rest in ${troubledRuns} random scenarios with failing creations and checks`, async () => {
    await fc.assert(
      fc.asyncProperty(troubledScenario, (scenario) => live(scenario, REST_MS)),
      { numRuns: troubledRuns },
    );
  }, 3_600_000);
});
