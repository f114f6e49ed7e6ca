import { createWasmPool, WasmProgram } from '@rockpool/wasm-adapter';
import { type Entry, measureRounds, type Plan } from '../measure/rounds.js';
import { type AddInWorker, placeGuest, RIVALS } from '../wasm/rivals.js';
import { type SmallGuest, smallGuest } from '../wasm/small-guests.js';
import type { Mode, Row, Scenario } from './scenario.js';

const PLANS: Readonly<Record<Mode, Plan>> = {
  full: { rounds: 21, sampleMs: 20, warmUpMs: 500, clock: 'wall' },
  quick: { rounds: 5, sampleMs: 8, warmUpMs: 150, clock: 'wall' },
};
/** Calls that wait at once when throughput is measured. */
const CROWD = 100;

/** How long a call takes that crosses into one worker and back: alone, and with a hundred waiting. Wall time. */
export const wasmWorkerScenarios: readonly Scenario[] = [
  {
    id: 'wasm-round-trip',
    title: 'WASM in one worker: adding two numbers, one call after the other (wall time)',
    peers: () => [],
    run: (_subjects, mode) =>
      measure(mode, async (add, units) => {
        for (let count = 0; count < units; count += 1) await add(count, 1);
      }),
  },
  {
    id: 'wasm-pipelined',
    title: `WASM in one worker: adding two numbers, ${CROWD} callers at once (wall time)`,
    peers: () => [],
    run: (_subjects, mode) =>
      measure(mode, async (add, units) => {
        const share = Math.ceil(units / CROWD);
        const caller = async (): Promise<void> => {
          for (let count = 0; count < share; count += 1) await add(count, 1);
        };
        await Promise.all(Array.from({ length: Math.min(CROWD, units) }, caller));
      }),
  },
];

async function measure(
  mode: Mode,
  work: (add: AddInWorker, units: number) => Promise<void>,
): Promise<Row[]> {
  placeGuest();
  const lanes: readonly (readonly [string, AddInWorker])[] = [
    ['rockpool', await rockpool('stateful')],
    ['rockpool, snapshot', await rockpool('snapshot')],
    ...(await Promise.all(
      Object.entries(RIVALS).map(async ([name, open]) => [name, await open()] as const),
    )),
  ];
  for (const [name, add] of lanes) {
    const answer = await add(20, 22);
    if (!name.startsWith('Extism') && answer !== 42) throw new Error(`${name} answers ${answer}`);
  }
  const entries = lanes.map(
    ([name, add]): Entry => ({ name, sample: (units) => work(add, units) }),
  );
  const measured = await measureRounds(entries, PLANS[mode]);
  return measured.map(({ name, ns, against }) => ({
    subject: name,
    part: 'call',
    unit: 'ns',
    value: ns,
    against,
  }));
}

/** `stateful` is what the rivals offer: nothing is cleaned between calls. */
async function rockpool(isolation: 'stateful' | 'snapshot'): Promise<AddInWorker> {
  const program = await WasmProgram.load<SmallGuest>(smallGuest);
  const pool = createWasmPool(program, {
    execution: 'worker',
    isolation,
    max: 1,
    spares: 0,
    onWarning: () => undefined,
  });
  await pool.ready({ idle: 1 });
  return (a, b) => pool.call('add', a, b);
}
