/**
 * What isolation costs: one call and the restore after it, beside a call of a kept instance of the original module and
 * beside a fresh instance for every call. Prints one table; quote the ratios, not the microseconds.
 */

import { newCounters } from '../../src/instance/counters.js';
import { WasmInstance } from '../../src/instance/instance.js';
import type { WasmInstanceOptions } from '../../src/instance/options.js';
import { parseInstanceOptions } from '../../src/instance/options.js';
import { chooseBackend } from '../../src/snapshot/backend.js';
import type { RealGuest, TextApi } from '../support/real-guests.js';
import { originalGuest, realGuests } from '../support/real-guests.js';

const rounds = Number(process.argv[2] ?? 9);
const sliceMs = Number(process.argv[3] ?? 40);

/** Calls with about the cost that real ones have; the short one shows the floor. */
const calls: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  quickjs: [
    ['1+2', '1+2'],
    ['loop', 'let s = 0; for (let i = 0; i < 20000; i++) s += i; s'],
  ],
  'sql.js': [
    ['select 1', 'select 1'],
    [
      '2000 rows',
      'with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000) select sum(x), max(x || x) from c',
    ],
  ],
  'html-rewriter': [
    ['40 B', '<p>hello <a href="/x">link</a></p>'],
    ['10 KB', '<p class="x">text <a href="/y">link</a></p>'.repeat(240)],
  ],
  resvg: [
    [
      '64 px',
      '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle cx="32" cy="32" r="20"/></svg>',
    ],
  ],
};

interface Lane {
  readonly name: string;
  readonly cycle: () => void | Promise<void>;
  readonly samples: number[];
}

const lane = (name: string, cycle: () => void | Promise<void>): Lane => ({
  name,
  cycle,
  samples: [],
});

async function lanesOf(guest: RealGuest, input: string): Promise<Lane[]> {
  const kept = await originalGuest(guest);
  const metered = await guest.load();
  const unmetered = await guest.load({ metering: 'unmetered' });
  const make = (
    program: Awaited<ReturnType<RealGuest['load']>>,
    options: WasmInstanceOptions<TextApi>,
  ) =>
    WasmInstance.create({
      program,
      options: parseInstanceOptions<TextApi>('bench', {
        warmUp: (api: TextApi) => void api.call(input),
        ...options,
      }),
      isolation: 'snapshot',
      backend: chooseBackend(options.backend ?? 'portable', console.error),
      counters: newCounters(),
    });
  const cycleOf = (instance: WasmInstance<TextApi>) => () => {
    instance.call('call', input);
    instance.restore();
  };
  const safe = { deadline: { ms: 10_000 }, memory: { maxPages: 4_096 } };
  return [
    lane('stateful', () => void kept.call(input)),
    lane('portable', cycleOf(await make(unmetered, {}))),
    lane('os-tracked', cycleOf(await make(unmetered, { backend: 'os-tracked' }))),
    lane('portable, all limits', cycleOf(await make(metered, safe))),
    lane(
      'os-tracked, all limits',
      cycleOf(await make(metered, { ...safe, backend: 'os-tracked' })),
    ),
    lane('fresh', async () => void (await originalGuest(guest)).call(input)),
  ];
}

async function measure(lanes: readonly Lane[]): Promise<void> {
  for (let round = -2; round < rounds; round += 1) {
    for (const { cycle, samples } of lanes) {
      let count = 0;
      const before = performance.now();
      let now = before;
      while (now - before < sliceMs) {
        const result = cycle();
        if (result !== undefined) await result;
        count += 1;
        now = performance.now();
      }
      if (round >= 0) samples.push(((now - before) / count) * 1_000);
    }
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

console.log(`Node ${process.version}, medians of ${rounds} interleaved rounds of ${sliceMs} ms`);
console.log(
  '| guest, call | stateful µs | portable × | os-tracked × | portable, all limits × | os-tracked, all limits × | fresh × |',
);
console.log('|---|---|---|---|---|---|---|');
for (const guest of realGuests) {
  for (const [name, input] of calls[guest.name] ?? []) {
    const lanes = await lanesOf(guest, input);
    await measure(lanes);
    const [base, ...others] = lanes.map(({ samples }) => median(samples)) as [number, ...number[]];
    const cells = others.map((value) => (value / base).toFixed(2));
    console.log(`| ${guest.name} ${name} | ${base.toFixed(0)} | ${cells.join(' | ')} |`);
  }
}
process.exit(0);
