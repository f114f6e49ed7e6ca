import { type Clock, systemClock } from '@rockpool/core';
import type {
  DecodeContext,
  HealthStatus,
  Source,
  SourceExit,
  SourceRun,
  Subscription,
} from '@rockpool/pipeline';
import { GeyserClient } from '../connection/client.js';
import { type Endpoint, endpointOf } from '../connection/endpoint.js';
import { createSessionPool, type SessionPool } from '../connection/session-pool.js';
import { type Commitment, requestFor } from '../filters/request.js';
import type { CallMetadata } from '../grpc/headers.js';
import { decodeFrame } from '../updates/decode.js';
import type { YellowstoneKinds } from '../updates/kinds.js';
import { Checkpoint } from './checkpoint.js';
import { Deduplicator } from './dedup.js';
import { type EndpointChoice, Failover, LeastLag } from './endpoints.js';
import type { YellowstoneFrame } from './frame.js';
import { Frontiers } from './frontiers.js';
import { Gateway } from './gateway.js';
import { connectionHealth } from './health.js';
import { Lane } from './lane.js';
import { type ResolvedOptions, resolveOptions, type YellowstoneOptions } from './options.js';

/** A Yellowstone gRPC server, or several, as a source. */
export interface YellowstoneSource extends Source<YellowstoneKinds, YellowstoneFrame> {
  /** The unary methods of the first endpoint, or of another one, over the connections of the source. */
  client(address?: string): GeyserClient;
  /** The same, for another commitment. Shares nothing with this one. */
  at(commitment: Commitment): YellowstoneSource;
  health(): HealthStatus;
  dispose(): Promise<void>;
}

/**
 * Reads the updates that the pipelines of a runtime ask for. Comes back after a cut from the last slot that was
 * handled whole, and leaves out what it has delivered before; see the options.
 *
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 */
export function yellowstoneSource(options: YellowstoneOptions): YellowstoneSource {
  return new GrpcSource(resolveOptions(options));
}

class GrpcSource implements YellowstoneSource {
  readonly name = 'yellowstone';
  readonly #options: ResolvedOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #metadata: CallMetadata;
  #clock: Clock = systemClock;
  #pool: SessionPool | undefined;
  #lanes: readonly Lane[] = [];

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints.map(endpointOf);
    const { xToken, compression, headers } = options;
    this.#metadata = { xToken, compression, headers };
  }

  async run(run: SourceRun<YellowstoneFrame>): Promise<SourceExit> {
    this.#clock = run.clock;
    this.#lanes = this.#lanesFor(run);
    const all = new AbortController();
    const stop = (): void => all.abort(run.signal.reason);
    run.signal.addEventListener('abort', stop, { once: true });
    if (run.signal.aborted) stop();
    try {
      return await this.#runLanes(all, run.signal);
    } finally {
      run.signal.removeEventListener('abort', stop);
    }
  }

  decode(
    frame: YellowstoneFrame,
    context: DecodeContext<YellowstoneKinds>,
  ): readonly YellowstoneKinds[keyof YellowstoneKinds][] {
    return decodeFrame(frame, context);
  }

  health(): HealthStatus {
    const states = this.#lanes.map((lane) => lane.state);
    return connectionHealth(states, this.#clock.now(), this.#options.staleAfterMs);
  }

  client(address?: string): GeyserClient {
    const endpoint = address === undefined ? (this.#endpoints[0] as Endpoint) : endpointOf(address);
    return this.#clientOf(endpoint);
  }

  at(commitment: Commitment): YellowstoneSource {
    return new GrpcSource({ ...this.#options, commitment });
  }

  async dispose(): Promise<void> {
    await this.#pool?.close();
  }

  /** `first-wins` lasts as long as one of its lanes; a shard that ends takes the others along. */
  async #runLanes(all: AbortController, signal: AbortSignal): Promise<SourceExit> {
    const exits = await Promise.all(
      this.#lanes.map(async (lane) => {
        const exit = await lane.run(all.signal);
        if (this.#options.balance === 'shard') all.abort(exit);
        return exit;
      }),
    );
    if (signal.aborted) return { type: 'cancelled' };
    return exits.find(({ type }) => type !== 'cancelled') ?? { type: 'cancelled' };
  }

  #lanesFor(run: SourceRun<YellowstoneFrame>): Lane[] {
    const { balance, fromSlot } = this.#options;
    const groups = this.#groupsOf([...run.subscriptions.values()]);
    const gateway = new Gateway(run.sink);
    const shared = {
      options: this.#options,
      metadata: this.#metadata,
      pool: this.#poolOf(),
      firstAvailable: (endpoint: Endpoint) => this.#clientOf(endpoint).firstAvailableSlot(),
      gateway,
      frontiers: new Frontiers(balance === 'shard' ? 'all' : 'any', groups.length),
      checkpoint: new Checkpoint(gateway, run.from ?? fromSlot),
      sink: run.sink,
      clock: run.clock,
      log: run.log,
    };
    const dedup = new Deduplicator();
    return groups.map(({ choice, subscriptions }, member) => {
      const wanted = requestFor(subscriptions, this.#options.commitment);
      // A shard sees its own part of a transaction's filters, so what it has seen says nothing about the others.
      const own = balance === 'shard' ? new Deduplicator() : dedup;
      return new Lane({ ...shared, choice, wanted, dedup: own, member });
    });
  }

  /** Which subscriptions go where. */
  #groupsOf(subscriptions: readonly Subscription[]): readonly Group[] {
    const endpoints = this.#endpoints;
    switch (this.#options.balance) {
      case 'failover':
        return [{ choice: new Failover(endpoints), subscriptions }];
      case 'least-lag': {
        const clients = new Map(endpoints.map((each) => [each, this.#clientOf(each)]));
        return [{ choice: new LeastLag(clients, this.#options.maxLagSlots), subscriptions }];
      }
      case 'first-wins':
        return endpoints.map((each) => ({ choice: new Failover([each]), subscriptions }));
      case 'shard':
        return endpoints
          .map((_, at) => ({
            // A shard whose endpoint fails goes to the next one.
            choice: new Failover([...endpoints.slice(at), ...endpoints.slice(0, at)]),
            subscriptions: subscriptions.filter((_each, index) => index % endpoints.length === at),
          }))
          .filter((group) => group.subscriptions.length > 0);
    }
  }

  #clientOf(endpoint: Endpoint): GeyserClient {
    const { connections, maxMessageBytes } = this.#options;
    return new GeyserClient(this.#poolOf(), endpoint, {
      ...this.#metadata,
      clock: this.#clock,
      timeoutMs: connections.connectTimeoutMs,
      maxMessageBytes,
    });
  }

  #poolOf(): SessionPool {
    const { connections, windowBytes, tls } = this.#options;
    this.#pool ??= createSessionPool({ ...connections, windowBytes, tls, clock: this.#clock });
    return this.#pool;
  }
}

interface Group {
  readonly choice: EndpointChoice;
  readonly subscriptions: readonly Subscription[];
}
