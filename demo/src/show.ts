import { styleText } from 'node:util';
import type { ShutdownReport } from '@rockpool/pipeline';
import type { FaultName } from './faults.js';
import type { Feed } from './feed.js';
import type { Ledger } from './ledger/ledger.js';
import type { Audience, Outcome } from './play.js';
import type { Session } from './session.js';

const EXPLAINED: Readonly<Record<FaultName, string>> = {
  'slow handler': 'the ledger takes its time: buffers fill, and the server is made to wait',
  pause: 'the runtime is paused; the server goes on',
  cut: 'the server ends every subscription',
  'broken connections': 'all connections break without a word',
  'server killed': 'the server is gone, with all that waited in it',
  'failing ledger': 'writing fails seven times: retries, and the breaker opens',
  poison: 'a memo that no handler can deal with: a dead letter',
  restart: 'SIGTERM: the runtime drains and ends; another one goes on where it was',
};

/** Writes to a stream what happens, a line for each event and every tenth slot. */
export class Narrator implements Audience {
  readonly #out: NodeJS.WritableStream;
  readonly #startedAt = performance.now();

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  session({ runtime }: Session): void {
    runtime.on('connected', ({ endpoint }) => this.#say('green', 'connected', endpoint));
    runtime.on('disconnected', ({ error }) => this.#say('yellow', 'cut', reason(error)));
    runtime.on('reconnected', ({ attempts, from: replayed }) => {
      const from = replayed === undefined ? '' : `, replaying from slot ${replayed}`;
      this.#say(
        'green',
        'back',
        `after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}${from}`,
      );
    });
    runtime.on('gap', ({ from, to }) => this.#say('red', 'gap', `slots ${from} to ${to} are lost`));
    runtime.on('breaker', ({ handler, to }) => this.#say('yellow', 'breaker', `${handler}: ${to}`));
    runtime.on('deadLetter', ({ pipeline, error }) =>
      this.#say('yellow', 'dead letter', `${pipeline}: ${reason(error)}`),
    );
  }

  slot(slot: bigint, { runtime }: Session, ledger: Ledger, feed: Feed): void {
    if (slot % 10n !== 0n) return;
    const { handledUpTo, input, pipelines, state } = runtime.stats();
    const queued = Object.values(pipelines).reduce((sum, { queueDepth }) => sum + queueDepth, 0);
    const figures = [
      `slot ${slot}`,
      `${feed.transactions} transactions`,
      `${ledger.rows} in the ledger`,
      `handled to ${handledUpTo ?? '-'}`,
      `queued ${input.queued + queued}`,
      state,
    ];
    this.#say('dim', 'so far', figures.join(' · '));
  }

  fault(name: FaultName, phase: 'begins' | 'ends'): void {
    if (phase === 'begins') this.#say('magenta', name, EXPLAINED[name]);
    else if (LASTING.has(name)) this.#say('magenta', name, 'is over');
  }

  ended({ processed, discarded, abandoned, durationMs }: ShutdownReport): void {
    this.#say(
      'cyan',
      'ended',
      `drained ${processed}, discarded ${discarded}, abandoned ${abandoned}, in ${Math.round(durationMs)} ms`,
    );
  }

  #say(color: Parameters<typeof styleText>[0], what: string, text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(6);
    this.#out.write(
      `${styleText('dim', `${seconds} s`)}  ${styleText(color, what.padEnd(18))} ${text}\n`,
    );
  }
}

/** Watches in silence. */
export const nobody: Audience = {
  session: () => undefined,
  slot: () => undefined,
  fault: () => undefined,
  ended: () => undefined,
};

/** What came out, for a person. */
export function verdict({ findings, ledgerPath, transactions, slots, lives }: Outcome): string {
  const lines = findings.map(({ claim, holds, detail }) => {
    const mark = holds ? styleText('green', 'holds') : styleText('red', 'FAILS');
    return `  ${mark}  ${claim} (${detail})`;
  });
  const latencies = lives
    .flatMap(({ stats }) => stats.pipelines['ledger'] ?? [])
    .map(({ latency }) => latency);
  const worst = (of: 'p50Ms' | 'p99Ms') =>
    Math.max(...latencies.map((latency) => latency[of])).toFixed(1);
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1_024);
  lines.push(
    `  from arrival to the ledger: p50 ${worst('p50Ms')} ms, p99 ${worst('p99Ms')} ms; peak RSS ${peakMiB} MiB, chain included`,
  );
  const all = findings.every(({ holds }) => holds);
  const lived =
    lives.length === 1 ? 'one runtime' : `${lives.length} runtimes, one after the other`;
  const head = `${transactions} transactions in ${slots} slots, handled by ${lived}; ledger: ${ledgerPath}`;
  const end = all
    ? styleText('green', 'Nothing was lost and nothing was doubled.')
    : styleText('red', 'The proof fails.');
  return `${head}\n${lines.join('\n')}\n${end}\n`;
}

const LASTING: ReadonlySet<FaultName> = new Set(['slow handler', 'pause', 'server killed']);

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
