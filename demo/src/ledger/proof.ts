import type { RuntimeStats } from '@rockpool/pipeline';
import type { LedgerSum } from './ledger.js';

/** One thing that has to be so, and whether it is. */
export interface Finding {
  readonly claim: string;
  readonly holds: boolean;
  readonly detail: string;
}

/** What one life of the runtime said of itself when it ended. */
export interface Life {
  readonly stats: RuntimeStats;
  /** As Prometheus would scrape it. */
  readonly metrics: string;
}

/** What is compared. */
export interface Evidence {
  readonly ledger: LedgerSum;
  /** Token accounts on the chain and what they hold. */
  readonly chain: ReadonlyMap<string, bigint>;
  /** What the account pipeline saw last, by account. */
  readonly watched: ReadonlyMap<string, bigint>;
  readonly lives: readonly Life[];
  /** Memos that were dead-lettered; one that was read again after a restart counts once. */
  readonly dead: number;
  /** Transactions that hold a poisonous memo. */
  readonly poisoned: number;
}

/** Whether the ledger and the counters say what really happened. */
export function prove({ ledger, chain, watched, lives, dead, poisoned }: Evidence): Finding[] {
  const wrong = differences(ledger.balances, chain);
  const unseen = differences(watched, chain);
  const findings: Finding[] = [
    {
      claim: 'the ledger equals the balances on the chain, for every account',
      holds: wrong.length === 0,
      detail: wrong.length === 0 ? `${chain.size} accounts` : wrong.slice(0, 3).join('; '),
    },
    {
      claim: 'nothing stands in the ledger twice',
      holds: ledger.doubled.length === 0,
      detail: `${ledger.entries} entries, ${ledger.doubled.length} doubled`,
    },
    {
      claim: 'the account pipeline saw the last state of every account',
      holds: unseen.length === 0,
      detail: unseen.length === 0 ? `${watched.size} accounts` : unseen.slice(0, 3).join('; '),
    },
  ];
  return [...findings, ...accountsOf(lives), deadLetters(dead, poisoned), exported(lives)];
}

function accountsOf(lives: readonly Life[]): Finding[] {
  const stats = lives.map((life) => life.stats);
  const ids = new Set(stats.flatMap(({ pipelines }) => Object.keys(pipelines)));
  return [...ids].map((id) => {
    const all = stats.flatMap(({ pipelines }) => pipelines[id] ?? []);
    const sum = (name: 'received' | 'processed' | 'filtered' | 'deadLettered') =>
      all.reduce((total, each) => total + each[name], 0);
    const [received, processed, filtered, dead] = [
      sum('received'),
      sum('processed'),
      sum('filtered'),
      sum('deadLettered'),
    ];
    return {
      claim: `${id}: received = handled + filtered + dead-lettered`,
      holds: received === processed + filtered + dead && received > 0,
      detail: `${received} = ${processed} + ${filtered} + ${dead}`,
    };
  });
}

function deadLetters(dead: number, poisoned: number): Finding {
  return {
    claim: 'only what is poisonous was dead-lettered, and all of it',
    holds: dead === poisoned,
    detail: `${dead} dead letters, ${poisoned} poisonous memos`,
  };
}

/** Whether the metrics that are exported say what the runtime counted. */
function exported(lives: readonly Life[]): Finding {
  const wrong = lives.flatMap(({ stats, metrics }) =>
    Object.values(stats.pipelines).flatMap(({ id, processed }) => {
      const line = new RegExp(
        `^\\w+_messages_processed_total\\{[^}]*pipeline="${id}"[^}]*\\} (\\d+)$`,
        'm',
      );
      const said = line.exec(metrics)?.[1];
      return said === `${processed}` ? [] : [`${id}: ${said} instead of ${processed}`];
    }),
  );
  return {
    claim: 'the exported metrics say the same',
    holds: wrong.length === 0,
    detail: wrong.length === 0 ? 'messages_processed_total' : wrong.join('; '),
  };
}

function differences(
  one: ReadonlyMap<string, bigint>,
  other: ReadonlyMap<string, bigint>,
): string[] {
  const accounts = new Set([...one.keys(), ...other.keys()]);
  return [...accounts].flatMap((account) => {
    const [here, there] = [one.get(account) ?? 0n, other.get(account) ?? 0n];
    return here === there ? [] : [`${account}: ${here} instead of ${there}`];
  });
}
