import type { Clock } from '@rockpool/core';
import { ConnectionError, type Logger, type Sink, type SourceExit } from '@rockpool/pipeline';
import type { Endpoint } from '../connection/endpoint.js';
import type { SessionLease, SessionPool } from '../connection/session-pool.js';
import { GrpcError } from '../errors.js';
import type { Wanted } from '../filters/request.js';
import type { CallMetadata } from '../grpc/headers.js';
import type { CallStatus } from '../grpc/status.js';
import { isRetryable } from '../grpc/status.js';
import type { Checkpoint } from './checkpoint.js';
import type { Deduplicator } from './dedup.js';
import type { EndpointChoice } from './endpoints.js';
import type { YellowstoneFrame } from './frame.js';
import type { Frontiers } from './frontiers.js';
import type { Gateway } from './gateway.js';
import { Intake } from './intake.js';
import type { ResolvedOptions } from './options.js';
import { Outage } from './outage.js';
import { Progress } from './progress.js';
import { Replay } from './replay.js';
import { Subscription, type SubscriptionEnd } from './subscription.js';
import { untilAborted, wait } from './wait.js';

/** What a lane works with; most of it is shared among the lanes of a source. */
export interface LaneParts {
  readonly options: ResolvedOptions;
  readonly metadata: CallMetadata;
  readonly wanted: Wanted;
  readonly pool: SessionPool;
  readonly choice: EndpointChoice;
  readonly firstAvailable: (endpoint: Endpoint) => Promise<bigint | undefined>;
  readonly gateway: Gateway;
  readonly frontiers: Frontiers;
  readonly dedup: Deduplicator;
  readonly checkpoint: Checkpoint;
  readonly member: number;
  readonly sink: Sink<YellowstoneFrame>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How a lane is. */
export type LaneState =
  | { readonly kind: 'connecting' }
  | {
      readonly kind: 'open';
      readonly subscription: Subscription;
      readonly rttMs: number | undefined;
    }
  | { readonly kind: 'waiting'; readonly attempts: number }
  | { readonly kind: 'suspended' }
  | { readonly kind: 'over' };

/** One subscription after the other, until the signal aborts, the budget is used up or a status is final. */
export class Lane {
  readonly #parts: LaneParts;
  readonly #outage: Outage | undefined;
  readonly #replay: Replay;
  #lease: SessionLease | undefined;
  #state: LaneState = { kind: 'connecting' };
  #connects = 0;

  constructor(parts: LaneParts) {
    const { options } = parts;
    this.#parts = parts;
    this.#replay = new Replay(parts, options.reconnect);
    if (options.reconnect) this.#outage = new Outage(options.reconnect, options.random);
  }

  get state(): LaneState {
    const state = this.#state;
    if (state.kind !== 'open' || !this.#lease?.active) return state;
    return { ...state, rttMs: this.#lease.resource.rttMs };
  }

  async run(signal: AbortSignal): Promise<SourceExit> {
    let exit: SourceExit | undefined;
    while (exit === undefined && !signal.aborted) exit = await this.#once(signal);
    this.#state = { kind: 'over' };
    return signal.aborted ? { type: 'cancelled' } : (exit as SourceExit);
  }

  /** One subscription and what follows from its end. An exit: there will be no other. */
  async #once(signal: AbortSignal): Promise<SourceExit | undefined> {
    const { choice, pool, log } = this.#parts;
    this.#state = { kind: 'connecting' };
    const endpoint = await choice.choose();
    let lease: SessionLease;
    try {
      lease = await pool.acquire(endpoint, { signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      return this.#failed(endpoint, connectionError(endpoint, error), signal);
    }
    this.#lease = lease;
    const end = await this.#subscribe(lease, endpoint, signal);
    if (end.kind === 'cancelled') return undefined;
    log.log('info', 'subscription over', { endpoint: endpoint.origin, end: end.kind });
    switch (end.kind) {
      case 'left':
        return undefined;
      case 'suspended':
        this.#disconnected(
          endpoint,
          new ConnectionError(`${endpoint.origin}: closed while nothing is taken`),
        );
        this.#state = { kind: 'suspended' };
        await untilAborted(end.room, signal);
        return undefined;
      case 'stale':
        return this.#failed(
          endpoint,
          new ConnectionError(`${endpoint.origin}: nothing came for ${end.silentMs} ms`, {
            retryable: true,
          }),
          signal,
        );
      case 'ended':
        return this.#ended(endpoint, end.status, signal);
    }
  }

  async #subscribe(
    lease: SessionLease,
    endpoint: Endpoint,
    signal: AbortSignal,
  ): Promise<SubscriptionEnd> {
    const { options, metadata, wanted, checkpoint, clock, frontiers, member } = this.#parts;
    const { marginSlots = 8 } = options.reconnect || {};
    const fromSlot = this.#replay.begin(this.#connects > 0);
    const progress = new Progress(marginSlots, wanted.allStatuses, fromSlot);
    frontiers.set(member, progress.frontier);
    const data: { since?: number; at: number } = { at: 0 };
    const intake = new Intake(
      { ...this.#parts, progress, ownBlockMeta: wanted.ownBlockMeta },
      {
        onPing: () => subscription.answerPing(),
        onReplaced: (slot) => this.#replaced(slot),
        onFresh: (first) => {
          data.at = clock.now();
          data.since ??= data.at;
          checkpoint.sawNewest(progress.top);
          this.#replay.fresh(first);
        },
      },
    );
    const subscription = new Subscription(lease, intake, {
      ...options,
      clock,
      metadata,
      request: wanted.request,
      fromSlot,
      onOpen: () => this.#connected(endpoint, fromSlot),
    });
    this.#state = { kind: 'open', subscription, rttMs: undefined };
    const cancel = (): void => subscription.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    const stopComparing = this.#compare(subscription, endpoint, progress);
    const end = await subscription.ended;
    stopComparing();
    signal.removeEventListener('abort', cancel);
    frontiers.drop(member);
    this.#outage?.healthyFor(data.at - (data.since ?? data.at));
    return end;
  }

  /** Looks now and then whether another endpoint is better. Returns how to stop. */
  #compare(subscription: Subscription, endpoint: Endpoint, progress: Progress): () => void {
    const { choice, clock, options } = this.#parts;
    if (choice.better === undefined) return () => {};
    const look = (): void => {
      void choice.better?.(endpoint, progress.top).then((better) => {
        if (better) subscription.leave();
        else timer = clock.setTimeout(look, options.connections.healthCheckIntervalMs);
      });
    };
    let timer = clock.setTimeout(look, options.connections.healthCheckIntervalMs);
    return () => clock.clearTimeout(timer);
  }

  async #ended(
    endpoint: Endpoint,
    status: CallStatus,
    signal: AbortSignal,
  ): Promise<SourceExit | undefined> {
    const error = new GrpcError(status, endpoint.origin, 'Subscribe');
    const isFinal = !isRetryable(status.status);
    const plan = isFinal ? 'as-before' : await this.#replay.ended(endpoint, status);
    if (plan === 'at-once' && this.#outage !== undefined) {
      this.#disconnected(endpoint, error);
      return undefined;
    }
    return this.#failed(endpoint, error, signal, status);
  }

  /** Waits for the next attempt, or says why there is none. */
  async #failed(
    endpoint: Endpoint,
    error: ConnectionError,
    signal: AbortSignal,
    status?: CallStatus,
  ): Promise<SourceExit | undefined> {
    this.#disconnected(endpoint, error);
    this.#parts.choice.failed(endpoint);
    const ms = error.retryable ? this.#outage?.next() : undefined;
    if (ms === undefined) return exitOf(error, status);
    this.#state = { kind: 'waiting', attempts: this.#outage?.attempts ?? 0 };
    this.#parts.log.log('warn', 'reconnecting', { endpoint: endpoint.origin, inMs: ms, error });
    await wait(this.#parts.clock, ms, signal);
    return undefined;
  }

  #connected(endpoint: Endpoint, from: bigint | undefined): void {
    const { sink } = this.#parts;
    const { origin } = endpoint;
    if (this.#connects++ === 0) sink.report('connected', { endpoint: origin });
    else {
      const attempts = Math.max(1, this.#outage?.attempts ?? 1);
      sink.report('reconnected', { endpoint: origin, attempts, from });
    }
  }

  #disconnected(endpoint: Endpoint, error: unknown): void {
    this.#parts.sink.report('disconnected', { endpoint: endpoint.origin, error });
  }

  #replaced(slot: number): void {
    this.#parts.sink.report('reset', {
      from: BigInt(slot),
      reason: 'the block of this slot was replaced by another',
    });
  }
}

function exitOf(error: ConnectionError, status: CallStatus | undefined): SourceExit {
  if (!(error instanceof GrpcError) || status === undefined) return { type: 'error', error };
  if (status.status === 'OK') return { type: 'stream-ended' };
  return { type: 'stream-error', code: error.grpcCode, message: error.message };
}

function connectionError(endpoint: Endpoint, cause: unknown): ConnectionError {
  // The pool tells that it could not make a connection; its cause tells why.
  const reason = cause instanceof Error ? cause.cause : undefined;
  if (reason instanceof ConnectionError) return reason;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GrpcError(
    { status: 'UNAVAILABLE', message: why },
    endpoint.origin,
    'connecting',
    cause,
  );
}
