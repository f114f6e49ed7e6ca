import {
  createWasmPool,
  type DeadlineMechanism,
  WasmError,
  type WasmPool,
  WasmProgram,
  type WasmWorkerPool,
} from '@rockpool/wasm-adapter';
import { median } from '../measure/statistics.js';
import { extism } from '../wasm/rivals.js';
import { type SmallGuest, smallGuest } from '../wasm/small-guests.js';
import type { Mode, Row, Scenario } from './scenario.js';

const DEADLINE_MS = 20;
/** Extism's limit holds for the start of its worker as well, which takes longer than ours for a call. */
const EXTISM_DEADLINE_MS = 400;
const STOPS: Readonly<Record<Mode, number>> = { full: 40, quick: 5 };

/** A guest that never ends: how long after its deadline the caller knows, and how long until the next call is served. */
export const wasmStopScenario: Scenario = {
  id: 'wasm-stop',
  title: `WASM: a guest that never ends, how late its caller is told, and when the next is served (wall time, medians)`,
  peers: () => [],
  run: async (_subjects, mode) => {
    const lanes: readonly (readonly [string, Runaway])[] = [
      ['rockpool, fuel-clock', await inThread('metered', 'fuel-clock')],
      ...(hasEpochs ? [['rockpool, epoch', await inThread('epoch', 'epoch')] as const] : []),
      ['rockpool, vm', await inThread('unmetered', 'vm')],
      ['rockpool, in a worker', await inWorker({ ms: DEADLINE_MS, hardKillAfterMs: 10_000 }, 0)],
      [
        'rockpool, a worker ended by force',
        await inWorker({ ms: 60_000, hardKillAfterMs: DEADLINE_MS }, 1),
      ],
      ['Extism', await inExtism()],
    ];
    const late = new Map<string, number[]>();
    const back = new Map<string, number[]>();
    for (let round = 0; round < STOPS[mode]; round += 1) {
      for (const [name, { deadlineMs = DEADLINE_MS, prepare, spin, call }] of lanes) {
        await prepare?.();
        const from = performance.now();
        await spin();
        const stopped = performance.now();
        await call();
        const served = performance.now();
        late.set(name, [...(late.get(name) ?? []), stopped - from - deadlineMs]);
        back.set(name, [...(back.get(name) ?? []), served - stopped]);
      }
    }
    return lanes.flatMap(([subject]): Row[] => [
      { subject, part: 'told after', unit: 'ms', value: median(late.get(subject) ?? []) },
      { subject, part: 'serves after', unit: 'ms', value: median(back.get(subject) ?? []) },
    ]);
  },
};

/** A guest that runs away, and one that answers. */
interface Runaway {
  readonly deadlineMs?: number;
  /** What is not measured. */
  prepare?(): Promise<void>;
  /** Settles when the caller has been told. */
  spin(): Promise<void>;
  call(): Promise<void>;
}

const hasEpochs = WebAssembly.validate(
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 0, 0, 0),
);
const silent = { onWarning: () => undefined };

async function inThread(
  metering: 'metered' | 'epoch' | 'unmetered',
  mechanism: DeadlineMechanism,
): Promise<Runaway> {
  const program = await WasmProgram.load<SmallGuest>(smallGuest, { metering });
  return runaway(
    createWasmPool(program, { max: 1, deadline: { ms: DEADLINE_MS, mechanism }, ...silent }),
  );
}

async function inWorker(
  deadline: { readonly ms: number; readonly hardKillAfterMs: number },
  spares: number,
): Promise<Runaway> {
  const metering = spares === 0 ? 'metered' : 'unmetered';
  const program = await WasmProgram.load<SmallGuest>(smallGuest, { metering });
  const pool = createWasmPool(program, {
    execution: 'worker',
    max: 1,
    spares,
    deadline,
    ...silent,
  });
  await pool.call('add', 1, 2);
  const lane = runaway(pool);
  if (spares === 0) return lane;
  return {
    ...lane,
    // A worker and its spare stand ready.
    prepare: async () => {
      await pool.ready({ idle: 1 });
      while (pool.wasmStats().spares < spares) await nextTurn();
    },
  };
}

function runaway(pool: WasmPool<SmallGuest> | WasmWorkerPool<SmallGuest>): Runaway {
  return {
    spin: () => stopped(pool.call('spin') as Promise<unknown>),
    call: () => served(pool),
  };
}

/** On a busy machine even this call can be late; its caller would try again, and that is measured as well. */
async function served(pool: WasmPool<SmallGuest> | WasmWorkerPool<SmallGuest>): Promise<void> {
  for (;;) {
    try {
      await pool.call('add', 1, 2);
      return;
    } catch (error) {
      if (!WasmError.is(error, 'ERR_WASM_DEADLINE')) throw error;
    }
  }
}

async function inExtism(): Promise<Runaway> {
  const plugin = await extism({ runInWorker: true, timeoutMs: EXTISM_DEADLINE_MS });
  return {
    deadlineMs: EXTISM_DEADLINE_MS,
    spin: () => stopped(plugin.call('spin')),
    call: async () => void (await plugin.call('nothing')),
  };
}

async function stopped(call: Promise<unknown>): Promise<void> {
  const ended = await call.then(
    () => 'returned',
    () => 'rejected',
  );
  if (ended === 'returned') throw new Error('a guest that never ends has returned');
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
