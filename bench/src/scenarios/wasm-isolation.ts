import {
  createWasmPool,
  type WasmInstance,
  type WasmPoolOptions,
  type WasmProgram,
} from '@rockpool/wasm-adapter';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import type { Guest } from '../wasm/guest.js';
import { GUESTS } from '../wasm/guests.js';
import type { Mode, Ratio, Row, Scenario } from './scenario.js';

const PLANS: Readonly<Record<Mode, Plan>> = {
  full: { rounds: 15, sampleMs: 25, warmUpMs: 400 },
  quick: { rounds: 3, sampleMs: 5, warmUpMs: 60 },
};

/** Deadline and memory limit that no call reaches: what counts is what it costs to watch them. */
const LIMITS = { deadline: { ms: 10_000 }, memory: { maxPages: 4_096 } } as const;

/**
 * What isolation costs: one call and the restore after it, beside a call of a kept instance of the original module (the
 * floor, which isolates nothing) and beside an original instance made for every call.
 */
export const wasmIsolationScenarios: readonly Scenario[] = Object.entries(GUESTS).map(
  ([name, make]) => ({
    id: `wasm-isolation-${name}`,
    title: `WASM: a call and its clean-up; ${make().title}`,
    peers: (mode) => (mode === 'full' || name === 'sqlite' ? [] : undefined),
    run: (_subjects, mode) => measure(make(), PLANS[mode]),
  }),
);

async function measure(guest: Guest, plan: Plan): Promise<Row[]> {
  const make = await guest.original();
  const kept = await make();
  const expected = kept.call(guest.input);
  const floor = lane('floor', () => kept.call(guest.input));
  const fresh = lane('fresh original', async () => (await make()).call(guest.input));
  const entries: Entry[] = [floor];
  const unmetered = await guest.load('unmetered');
  const metered = await guest.load('metered');
  entries.push(...(await pooled('rockpool', unmetered, guest)));
  entries.push(...(await pooled('rockpool, os-tracked', unmetered, guest, os)));
  entries.push(...(await pooled('rockpool, all limits', metered, guest, LIMITS)));
  const osLimits = { ...LIMITS, ...os };
  entries.push(...(await pooled('rockpool, all limits, os-tracked', metered, guest, osLimits)));
  if (hasEpochs) {
    const epoch = await guest.load('epoch');
    const name = 'rockpool, all limits by epoch, os-tracked';
    entries.push(...(await pooled(name, epoch, guest, osLimits)));
  }
  for (const { name, sample } of [...entries, fresh]) {
    const answer = await sample(1, () => undefined);
    if (answer !== expected) throw new Error(`${name} answers ${answer}, not ${expected}`);
  }
  const measured = await measureRounds(entries, plan);
  // Apart from the others: whoever is measured next pays for the collection of what fresh instances leave behind.
  const apart = await measureRounds([floor, fresh], plan);
  const freshNs = apart.find(({ name }) => name === fresh.name)?.ns ?? Number.NaN;
  const timesFresh = (name: string): Ratio => {
    const ratio = freshNs / (measured.find((each) => each.name === name)?.ns ?? Number.NaN);
    return { ratio, low: ratio, high: ratio };
  };
  const rows = measured.map(
    ({ name, ns, against }): Row => ({
      subject: name,
      part: 'call',
      unit: 'ns',
      value: ns,
      against,
    }),
  );
  rows.push({
    subject: fresh.name,
    part: 'call',
    unit: 'ns',
    value: freshNs,
    against: { floor: timesFresh('floor'), rockpool: timesFresh('rockpool') },
  });
  return rows;
}

const os = { backend: 'os-tracked' } as const;

/** Epochs are a second memory of each module, which Node 20 does not have. */
const hasEpochs = WebAssembly.validate(
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 0, 0, 0),
);

/** One instance of a pool, lent for good; nothing where the system cannot track pages. */
async function pooled(
  name: string,
  program: WasmProgram<object>,
  { warmUp, use }: Guest,
  options: WasmPoolOptions<object> = {},
): Promise<Entry[]> {
  const pool = createWasmPool(program, {
    max: 1,
    onWarning: () => undefined,
    warmUp,
    ...options,
  });
  if (pool.wasmStats().backend !== (options.backend ?? 'portable')) return [];
  const { resource } = await pool.acquire();
  return [lane(name, () => callAndRestore(resource, use))];
}

function callAndRestore(instance: WasmInstance, use: Guest['use']): string {
  const answer = use(instance);
  if (!instance.restore()) throw new Error('an instance could not be put back');
  return answer;
}

function lane(name: string, cycle: () => string | Promise<string>): Entry {
  return {
    name,
    sample: async (units) => {
      let answer = '';
      for (let count = 0; count < units; count += 1) {
        const given = cycle();
        answer = typeof given === 'string' ? given : await given;
      }
      return answer;
    },
  };
}
