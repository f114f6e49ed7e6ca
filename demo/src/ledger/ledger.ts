import { appendFile, readFile } from 'node:fs/promises';

/** What one instruction does to the token accounts it names. */
export interface Entry {
  /** Unique on the chain: the transaction, and the path of the instruction within it. */
  readonly id: string;
  readonly slot: bigint;
  /** Account to what it gains; negative for what it loses. */
  readonly deltas: readonly (readonly [account: string, amount: bigint])[];
}

interface Line {
  readonly id: string;
  readonly slot: string;
  readonly deltas: readonly (readonly [account: string, amount: string])[];
}

/** What a ledger adds up to. */
export interface LedgerSum {
  readonly entries: number;
  /** Entries that stand in the file more than once; each is counted once. */
  readonly doubled: readonly string[];
  readonly balances: ReadonlyMap<string, bigint>;
}

/** A file of entries, one JSON object a line. A batch is written with one call, so a line is whole or not there. */
export class Ledger {
  readonly path: string;
  /** Entries of earlier runs; those of this run are not here, so that whatever comes twice in it is written twice. */
  readonly #earlier: ReadonlySet<string>;
  /** Entries in the file. */
  rows: number;
  /** Entries left out because an earlier run has written them: slots that were not whole when it ended. */
  known = 0;

  private constructor(path: string, earlier: ReadonlySet<string>) {
    this.path = path;
    this.#earlier = earlier;
    this.rows = earlier.size;
  }

  /** Goes on with the ledger in a file, or begins one. */
  static async open(path: string): Promise<Ledger> {
    await appendFile(path, '');
    const lines = await linesOf(path);
    return new Ledger(path, new Set(lines.map(({ id }) => id)));
  }

  async append(entries: readonly Entry[]): Promise<void> {
    const fresh = entries.filter(({ id }) => !this.#earlier.has(id));
    this.known += entries.length - fresh.length;
    if (fresh.length === 0) return;
    await appendFile(
      this.path,
      fresh.map((entry) => `${JSON.stringify(lineOf(entry))}\n`).join(''),
    );
    this.rows += fresh.length;
  }

  /** Reads the file again from the disk: what is proved is what was kept. */
  async sum(): Promise<LedgerSum> {
    const balances = new Map<string, bigint>();
    const seen = new Set<string>();
    const doubled: string[] = [];
    for (const { id, deltas } of await linesOf(this.path)) {
      if (seen.has(id)) {
        doubled.push(id);
        continue;
      }
      seen.add(id);
      for (const [account, amount] of deltas) {
        balances.set(account, (balances.get(account) ?? 0n) + BigInt(amount));
      }
    }
    return { entries: seen.size, doubled, balances };
  }
}

async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function lineOf({ id, slot, deltas }: Entry): Line {
  return {
    id,
    slot: `${slot}`,
    deltas: deltas.map(([account, amount]) => [account, `${amount}`]),
  };
}
