import { cpuStepUs, cpuUs } from './cpu-clock.js';
import { median, quantile } from './statistics.js';

/** Ends one part of a sample; what follows belongs to the next. A part that begins with `-` is not measured. */
export type Lap = (part: string) => void;

/** One pool, ready to be measured. */
export interface Entry {
  readonly name: string;
  /** Does the work `units` times. With no lap the whole sample is one part, named `loan`. */
  sample(units: number, lap: Lap): unknown;
}

export interface Plan {
  readonly rounds: number;
  /** CPU time of one sample. */
  readonly sampleMs: number;
  /** CPU time for which each entry runs before anything counts, so that the compiler is done with it. */
  readonly warmUpMs: number;
  /** How often the work is done in a sample, where that must not be adapted to `sampleMs`. */
  readonly units?: number;
  /**
   * Empty the young generation before each sample, so that a big one does not pay for the one before. Never a full
   * collection: that throws away optimised code, and what follows is measured cold.
   */
  readonly collect?: boolean;
  /**
   * What is read: the CPU time of all threads, or, where another thread is waited for, the time. `both`: each part is
   * measured in CPU time, and a second one, named `elapsed`, in time. Default `cpu`.
   */
  readonly clock?: 'cpu' | 'wall' | 'both';
}

/** What came of one part of one entry's samples. */
export interface Measured {
  readonly name: string;
  readonly part: string;
  /** Median CPU time, nanoseconds per unit. */
  readonly ns: number;
  /** Median over rounds of this entry against each other one in the same round: 2 = twice as dear as that one. */
  readonly against: Readonly<
    Record<string, { readonly ratio: number; readonly low: number; readonly high: number }>
  >;
}

/**
 * Measures entries side by side: their samples alternate in an order that rotates, and ratios are taken within a
 * round, so that a machine that slows down slows down all of them.
 */
export async function measureRounds(entries: readonly Entry[], plan: Plan): Promise<Measured[]> {
  const sampleUs = Math.max(plan.sampleMs * 1_000, 12 * cpuStepUs());
  const runs: Run[] = [];
  for (const entry of entries) {
    const units = await warmUp(entry, plan, sampleUs);
    runs.push({ entry, units, parts: new Map() });
  }
  for (let round = 0; round < plan.rounds; round++) {
    for (let place = 0; place < runs.length; place++) {
      const run = runs[(round + place) % runs.length] as Run;
      for (const [part, us] of await takeSample(run.entry, run.units, plan)) {
        const list = run.parts.get(part) ?? [];
        list.push((us * 1_000) / run.units);
        run.parts.set(part, list);
      }
    }
  }
  return runs.flatMap((run) => [...run.parts.keys()].map((part) => summary(run, part, runs)));
}

interface Run {
  readonly entry: Entry;
  readonly units: number;
  /** Nanoseconds per unit, one for each round. */
  readonly parts: Map<string, number[]>;
}

/** Runs an entry until it is hot; answers how many units make a sample of the wanted length. */
async function warmUp(entry: Entry, plan: Plan, sampleUs: number): Promise<number> {
  let units = plan.units ?? 16;
  let spentUs = 0;
  for (;;) {
    const laps = await takeSample(entry, units, plan);
    const tookUs = laps.reduce((sum, [, us]) => sum + us, 0);
    spentUs += tookUs;
    const longEnough = plan.units !== undefined || tookUs > sampleUs / 2;
    if (spentUs >= plan.warmUpMs * 1_000 && longEnough) {
      return plan.units ?? Math.max(1, Math.round((units * sampleUs) / tookUs));
    }
    if (!longEnough) units *= 2;
    else if (plan.units === undefined && tookUs > sampleUs * 2) units = Math.max(1, units >> 1);
  }
}

async function takeSample(
  entry: Entry,
  units: number,
  plan: Plan,
): Promise<(readonly [part: string, us: number])[]> {
  if (plan.collect === true) globalThis.gc?.({ type: 'minor' });
  const laps: (readonly [string, number])[] = [];
  const read = plan.clock === 'wall' ? wallUs : cpuUs;
  let from = read();
  let fromWall = wallUs();
  const startedAt = from;
  const lap: Lap = (part) => {
    const now = read();
    laps.push([part, now - from]);
    if (plan.clock === 'both') laps.push(['elapsed', wallUs() - fromWall]);
    from = read();
    fromWall = wallUs();
  };
  const ended = entry.sample(units, lap);
  if (ended instanceof Promise) await ended;
  if (laps.length === 0) return [['loan', read() - startedAt]];
  return laps.filter(([part]) => !part.startsWith('-'));
}

const wallUs = (): number => performance.now() * 1_000;

function summary(run: Run, part: string, runs: readonly Run[]): Measured {
  const own = run.parts.get(part) as number[];
  const against: Record<string, { ratio: number; low: number; high: number }> = {};
  for (const other of runs) {
    const theirs = other.parts.get(part);
    if (other === run || theirs === undefined) continue;
    const ratios = own.map((ns, round) => ns / (theirs[round] as number)).filter(Number.isFinite);
    against[other.entry.name] = {
      ratio: median(ratios),
      low: quantile(ratios, 0.25),
      high: quantile(ratios, 0.75),
    };
  }
  return { name: run.entry.name, part, ns: median(own), against };
}
