import type { RuntimeStats } from '@rockpool/pipeline';
import { showDuration } from '../quantities.js';
import type { Watch } from './watch.js';

type Counted = Pick<RuntimeStats, 'input' | 'totals' | 'receivedUpTo'>;
type Watched = Pick<Watch, 'gaps' | 'missed' | 'reconnects' | 'report'>;

/** How far the stream is, for the line of a terminal. */
export function progressOf({ input, totals, receivedUpTo }: Counted, watched: Watched): string {
  const parts = [
    `streaming  slot ${receivedUpTo ?? '-'}`,
    `received ${count(input.received)}`,
    `printed ${count(totals.processed)}`,
    `dropped ${count(input.dropped + totals.dropped)}`,
    `gaps ${watched.gaps}`,
    `reconnects ${watched.reconnects}`,
  ];
  return parts.join('  ');
}

/** What became of everything, for people. */
export function summaryOf({ input, totals }: Counted, watched: Watched): string {
  const { gaps, missed, reconnects, report } = watched;
  const lost = input.dropped + totals.dropped;
  const lines = [
    `received ${count(input.received)} messages, printed ${count(totals.processed)} lines, ` +
      `dropped ${count(lost)}, not understood ${count(input.decodeErrors + totals.parseErrors)}`,
    `reconnects ${reconnects}, gaps ${gaps}${missed === 0n ? '' : ` (${missed} slots)`}`,
  ];
  if (report !== undefined) {
    const { processed, discarded, abandoned, durationMs } = report;
    lines.push(
      `ended in ${showDuration(durationMs)}: ${count(processed)} more printed, ` +
        `${count(discarded)} discarded, ${count(abandoned)} abandoned`,
    );
  }
  return lines.map((line) => `rockpool: ${line}\n`).join('');
}

/** The same for programs, as the fields of a record. */
export function figuresOf({ input, totals }: Counted, watched: Watched): Record<string, unknown> {
  const { gaps, missed, reconnects, report } = watched;
  return {
    received: input.received,
    printed: totals.processed,
    dropped: input.dropped + totals.dropped,
    decodeErrors: input.decodeErrors,
    parseErrors: totals.parseErrors,
    reconnects,
    gaps,
    missedSlots: String(missed),
    discarded: report?.discarded ?? 0,
    abandoned: report?.abandoned ?? 0,
    shutdownMs: Math.round(report?.durationMs ?? 0),
  };
}

const count = (number: number): string => number.toLocaleString('en');
