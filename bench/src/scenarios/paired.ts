import type { churn, crowd, cycle, queue, resigned, trySync, uses, usesSync } from '../loops.js';
import { type Entry, type Lap, measureRounds, type Plan } from '../measure/rounds.js';
import { openSubject, type Setup, type Subject, type SubjectName } from '../subjects/index.js';
import type { Mode, Row, Scenario } from './scenario.js';

/** The module of the hot loops, of which each subject has a copy. */
export interface Loops {
  readonly cycle: typeof cycle;
  readonly trySync: typeof trySync;
  readonly uses: typeof uses;
  readonly usesSync: typeof usesSync;
  readonly churn: typeof churn;
  readonly crowd: typeof crowd;
  readonly queue: typeof queue;
  readonly resigned: typeof resigned;
}

/** A copy of the loops that V8 compiles for this subject alone: the query makes it a module of its own. */
export async function loopsFor(name: SubjectName): Promise<Loops> {
  return (await import(`../loops.js?${encodeURIComponent(name)}`)) as Loops;
}

/** A scenario whose pools are measured in alternating samples of CPU time. */
export interface PairedScenario {
  readonly id: string;
  readonly title: string;
  readonly setup: Setup;
  readonly peers: readonly SubjectName[];
  /** Who is left of them in a quick run; default: the scenario is not part of it. */
  readonly quickPeers?: readonly SubjectName[];
  readonly plan?: Partial<Plan>;
  /** Left out where Rockpool's counterpart cannot do it. */
  readonly floor?: boolean;
  /** What is done once before the samples, such as lending most of the pool. */
  prepare?(subject: Subject): unknown;
  sample(subject: Subject, loops: Loops, units: number, lap: Lap): unknown;
}

const FULL: Plan = { rounds: 31, sampleMs: 3, warmUpMs: 200 };
const QUICK: Plan = { rounds: 9, sampleMs: 2, warmUpMs: 80 };

export function paired(scenario: PairedScenario): Scenario {
  return {
    id: scenario.id,
    title: scenario.title,
    peers: (mode) => (mode === 'quick' ? scenario.quickPeers : scenario.peers),
    run: (subjects, mode) => runPaired(scenario, subjects, mode),
  };
}

async function runPaired(
  scenario: PairedScenario,
  subjects: readonly SubjectName[],
  mode: Mode,
): Promise<Row[]> {
  const plan = { ...FULL, ...scenario.plan, ...(mode === 'quick' ? quickened(scenario.plan) : {}) };
  const entries: Entry[] = [];
  for (const name of subjects) {
    if (name === 'floor' && scenario.floor === false) continue;
    entries.push(await open(scenario, name));
  }
  const measured = await measureRounds(entries, plan);
  // Nothing is closed: some pools would wait for the loans that are out, and the process ends now.
  return measured.map(({ name, part, ns, against }) => ({
    subject: name,
    part,
    unit: 'ns',
    value: ns,
    against,
  }));
}

function quickened(plan: Partial<Plan> = {}): Plan {
  const { rounds = FULL.rounds, warmUpMs = FULL.warmUpMs } = plan;
  return {
    ...QUICK,
    rounds: Math.min(rounds, QUICK.rounds),
    warmUpMs: Math.min(warmUpMs, QUICK.warmUpMs * (warmUpMs > FULL.warmUpMs ? 2 : 1)),
  };
}

async function open(scenario: PairedScenario, name: SubjectName): Promise<Entry> {
  const subject = await openSubject(name, scenario.setup);
  const loops = await loopsFor(name);
  await scenario.prepare?.(subject);
  return {
    name,
    sample: (units, lap) => scenario.sample(subject, loops, units, lap),
  };
}
