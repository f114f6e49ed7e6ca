import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

interface Row {
  readonly subject: string;
  readonly part: string;
  readonly value: number;
}

const BENCH = fileURLToPath(new URL('../../bench/', import.meta.url));
/** Bytes differ by a few per cent between versions of V8; a field or an object more differs by more than this. */
const GATES = {
  perLoan: 340,
  perLoanHandedOver: 1_000,
  perIdleResource: 140,
  perWaiter: 760,
} as const;

/**
 * What a loan costs whatever the machine and its load. Counted in a process of its own, because a heap can only be
 * counted where nothing else allocates, by the same code that `npm run bench -- --only costs` shows beside the peers.
 */
describe('what the core costs, whatever the machine', () => {
  let rows: readonly Row[] = [];
  const costOf = (part: string, subject = 'rockpool'): number => {
    const row = rows.find((each) => each.subject === subject && each.part === part);
    if (row === undefined) throw new Error(`the bench has counted no '${part}' of ${subject}`);
    return row.value;
  };

  beforeAll(async () => {
    rows = await countCosts();
  }, 120_000);

  it('answers a caller after one turn of the microtask queue, idle or handed over', () => {
    expect(costOf('hops')).toBe(1);
    expect(costOf('hops, handed over')).toBe(1);
  });

  it('makes no promise that a bare free list would not make', () => {
    for (const part of ['promises', 'promises, handed over']) {
      // One promise in a hundred loans is the measurement's own.
      expect(costOf(part)).toBeLessThanOrEqual(costOf(part, 'floor') + 0.01);
    }
  });

  it('sets no timer for a loan, and one for all deadlines of a thousand', () => {
    expect(costOf('timers')).toBe(0);
    expect(costOf('timers, handed over')).toBeLessThanOrEqual(1 / 1_000);
  });

  it(`allocates at most ${GATES.perLoan} bytes for a loan, ${GATES.perLoanHandedOver} when it is handed over`, () => {
    expect(costOf('per loan')).toBeLessThanOrEqual(GATES.perLoan);
    expect(costOf('per loan, handed over')).toBeLessThanOrEqual(GATES.perLoanHandedOver);
  });

  it(`keeps at most ${GATES.perIdleResource} bytes for an idle resource, its health and statistics included`, () => {
    expect(costOf('per idle resource')).toBeLessThanOrEqual(GATES.perIdleResource);
  });

  it(`keeps at most ${GATES.perWaiter} bytes for a waiter with a deadline and a signal, its caller included`, () => {
    expect(costOf('per waiter with deadline and signal')).toBeLessThanOrEqual(GATES.perWaiter);
  });

  it('has at most two timers whatever its size and queue, and none while it is empty or closed', () => {
    expect(costOf('timers of an empty pool')).toBe(0);
    expect(costOf('timers with 100 waiters')).toBeLessThanOrEqual(2);
    expect(costOf('timers with 100 idle')).toBeLessThanOrEqual(2);
    expect(costOf('timers of a closed pool')).toBe(0);
  });

  it('lets the process end while all is idle', () => {
    expect(costOf('timers that hold the process with 100 idle')).toBe(0);
  });
});

async function countCosts(): Promise<readonly Row[]> {
  const job = { scenario: 'costs', subjects: ['floor', 'rockpool'], mode: 'quick' };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--expose-gc',
      '--max-semi-space-size=64',
      '--min-semi-space-size=64',
      '--conditions=@rockpool/source',
      '--import',
      'tsx',
      'src/child.ts',
      JSON.stringify(job),
    ],
    { cwd: BENCH, env: { ...process.env, NODE_OPTIONS: '' }, timeout: 110_000 },
  );
  return JSON.parse(stdout) as readonly Row[];
}
