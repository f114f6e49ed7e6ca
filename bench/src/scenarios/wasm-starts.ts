import { createWasmPool, WasmProgram } from '@rockpool/wasm-adapter';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import { median } from '../measure/statistics.js';
import { GUESTS } from '../wasm/guests.js';
import { type SmallGuest, smallGuest } from '../wasm/small-guests.js';
import type { Mode, Row, Scenario } from './scenario.js';

const STARTS: Readonly<Record<Mode, number>> = { full: 15, quick: 3 };
const PLANS: Readonly<Record<Mode, Plan>> = {
  full: { rounds: 15, sampleMs: 40, warmUpMs: 400 },
  quick: { rounds: 3, sampleMs: 10, warmUpMs: 100 },
};
const WORK = 100_000;

/** What the seed measures: a first call on an empty pool, and one on a pool that is warm. */
const coldScenario: Scenario = {
  id: 'wasm-cold',
  title: 'WASM: the first call of an empty pool and a call of a warm one (wall time, medians)',
  peers: () => [],
  run: async (_subjects, mode) => {
    const rows: Row[] = [];
    for (const name of ['quickjs', 'sqlite', 'html', 'resvg'] as const) {
      const guest = GUESTS[name]?.();
      if (guest === undefined) throw new Error(`there is no guest ${name}`);
      const program = await guest.load('metered');
      const cold: number[] = [];
      const warm: number[] = [];
      for (let start = 0; start < STARTS[mode]; start += 1) {
        const pool = createWasmPool(program, { max: 1, onWarning: () => undefined });
        const from = performance.now();
        await pool.use(guest.use);
        const first = performance.now();
        await new Promise((resolve) => setImmediate(resolve)); // the instance is put back meanwhile
        const again = performance.now();
        await pool.use(guest.use);
        warm.push(performance.now() - again);
        cold.push(first - from);
        await pool.close();
      }
      const subject = guest.title;
      rows.push({ subject, part: 'empty pool', unit: 'ms', value: median(cold) });
      rows.push({ subject, part: 'warm pool', unit: 'ms', value: median(warm) });
    }
    return rows;
  },
};

/** The same work in this thread, in one worker and in two: CPU time of all threads, and wall time. */
const scalingScenarios = (['cpu', 'wall'] as const).map(
  (clock): Scenario => ({
    id: `wasm-scaling-${clock}`,
    title: `WASM: loops of ${WORK.toLocaleString('en')} in one thread, one worker and two (${clock} time)`,
    peers: () => [],
    run: async (_subjects, mode) => {
      const program = await WasmProgram.load<SmallGuest>(smallGuest);
      const lanes = [
        inOrder('in this thread', createWasmPool(program, { max: 1 })),
        ...[1, 2].map((max) =>
          inOrder(
            `${max} worker${max === 1 ? '' : 's'}`,
            createWasmPool(program, {
              execution: 'worker',
              max,
              min: max,
              spares: 0,
              onWarning: () => undefined,
            }),
          ),
        ),
      ];
      const measured = await measureRounds(lanes, { ...PLANS[mode], clock });
      const [base] = measured;
      return measured.map(({ name, ns, against }) => ({
        subject: name,
        part: 'call',
        unit: 'ns',
        value: ns,
        against: { floor: against[base?.name ?? ''] ?? { ratio: 1, low: 1, high: 1 } },
      }));
    },
  }),
);

interface Sums {
  readonly max: number;
  call(name: 'sum', n: number): Promise<number>;
}

/** As many callers as there are instances, and one more each, so that none of them waits for work. */
function inOrder(name: string, pool: Sums): Entry {
  return {
    name,
    sample: async (units) => {
      let left = units;
      const caller = async (): Promise<void> => {
        while (left-- > 0) await pool.call('sum', WORK);
      };
      await Promise.all(Array.from({ length: pool.max * 2 }, caller));
    },
  };
}

export const wasmStartScenarios: readonly Scenario[] = [coldScenario, ...scalingScenarios];
