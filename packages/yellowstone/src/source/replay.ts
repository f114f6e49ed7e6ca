import type { Logger, Sink } from '@rockpool/pipeline';
import type { Endpoint } from '../connection/endpoint.js';
import type { CallStatus } from '../grpc/status.js';
import type { Checkpoint } from './checkpoint.js';
import type { YellowstoneFrame } from './frame.js';
import type { Frontiers } from './frontiers.js';
import type { Gateway } from './gateway.js';
import type { ResolvedReconnect } from './options.js';

/** What the replay of a lane works with. */
export interface ReplayParts {
  readonly checkpoint: Checkpoint;
  readonly frontiers: Frontiers;
  readonly gateway: Gateway;
  readonly member: number;
  readonly firstAvailable: (endpoint: Endpoint) => Promise<bigint | undefined>;
  readonly sink: Sink<YellowstoneFrame>;
  readonly log: Logger;
}

/** How the next attempt is made: after the wait of an outage, or without one because the server is well. */
export type NextAttempt = 'as-before' | 'at-once';

/** How often in a row a server may move its oldest slot before we go on without it. */
const OUT_OF_RANGE_LIMIT = 3;

/**
 * With which slot the subscriptions of a lane begin, and what is told when slots cannot be had any more. A gap is told
 * once: when the server says where its memory begins, or when the first slot after it has come.
 */
export class Replay {
  readonly #parts: ReplayParts;
  readonly #rule: 'handled' | 'skip' | undefined;
  readonly #retentionSlots: number | undefined;
  #from: bigint | undefined;
  /** The first slot of a gap whose end is not known yet. */
  #gapFrom: bigint | undefined;
  /** Begin the next subscription with what comes. */
  #live = false;
  #supported = true;
  #outOfRange = 0;

  constructor(parts: ReplayParts, reconnect: ResolvedReconnect | false) {
    this.#parts = parts;
    if (reconnect === false) return;
    this.#rule = reconnect.replay;
    this.#retentionSlots = reconnect.retentionSlots;
  }

  /** The slot to ask for. */
  begin(again: boolean): bigint | undefined {
    const next = this.#parts.checkpoint.next();
    const wanted = again ? this.#notTooFarBack(next) : next;
    if (again && (this.#rule === 'skip' || !this.#supported)) this.#goLive(wanted);
    this.#from = this.#live ? undefined : wanted;
    return this.#from;
  }

  /** Something new has come; `first` is the lowest slot of this subscription. */
  fresh(first: number | undefined): void {
    const { checkpoint } = this.#parts;
    this.#outOfRange = 0;
    checkpoint.succeeded();
    if (first === undefined) return;
    checkpoint.sawFirst(first);
    if (this.#gapFrom === undefined) return;
    // The first slot may have been joined in its middle, so it belongs to the gap.
    const to = BigInt(first);
    if (to >= this.#gapFrom) this.#gap(this.#gapFrom, to);
    checkpoint.skipTo(to);
    this.#gapFrom = undefined;
    this.#live = false;
  }

  /** A subscription ended with this status. */
  async ended(endpoint: Endpoint, { status, message }: CallStatus): Promise<NextAttempt> {
    const from = this.#from;
    if (from === undefined) return 'as-before';
    if (/from_slot is not supported/i.test(message)) {
      this.#supported = false;
      this.#goLive(from);
      return 'at-once';
    }
    if (status === 'OUT_OF_RANGE') return this.#tooOld(endpoint, from, message);
    if (this.#parts.checkpoint.failed(from)) this.#goLive(from);
    return 'as-before';
  }

  async #tooOld(endpoint: Endpoint, from: bigint, message: string): Promise<NextAttempt> {
    const { checkpoint, firstAvailable, log } = this.#parts;
    const available =
      lastAvailable(message) ??
      (await firstAvailable(endpoint).catch((error: unknown) => {
        log.log('warn', 'the server does not say which slots it has', { error });
        return undefined;
      }));
    if (++this.#outOfRange >= OUT_OF_RANGE_LIMIT || available === undefined || available <= from) {
      this.#goLive(from);
    } else {
      this.#gap(from, available - 1n);
      checkpoint.skipTo(available);
    }
    return this.#outOfRange === 1 ? 'at-once' : 'as-before';
  }

  /** What lies further back than the retention is told as a gap, as far as it has not come already. */
  #notTooFarBack(wanted: bigint | undefined): bigint | undefined {
    const { checkpoint } = this.#parts;
    if (wanted === undefined || this.#retentionSlots === undefined) return wanted;
    const least = BigInt(checkpoint.newest - this.#retentionSlots);
    if (wanted >= least) return wanted;
    this.#gap(wanted, least - 1n);
    checkpoint.skipTo(least);
    return least;
  }

  #goLive(from: bigint | undefined): void {
    this.#live = true;
    this.#gapFrom ??= from;
  }

  /** What another lane brings is not missing, nor is what has come and only waits to be handled. */
  #gap(from: bigint, to: bigint): void {
    const { frontiers, gateway, member, sink } = this.#parts;
    const whole = BigInt(gateway.wholeUpTo);
    const first = whole < from ? from : whole + 1n;
    if (first <= to && !frontiers.hasOther(member)) sink.report('gap', { from: first, to });
  }
}

function lastAvailable(message: string): bigint | undefined {
  const found = /last available:?\s*(\d+)/i.exec(message)?.[1];
  return found === undefined ? undefined : BigInt(found);
}
