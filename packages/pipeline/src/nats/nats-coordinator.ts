import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { type Clock, reasonOf } from '@rockpool/core';
import { LeasedCoordinator } from '../coordination/leased-coordinator.js';
import { ConnectionError } from '../errors.js';
import { KvCheckpointStore, KvLeaseStore } from './kv-stores.js';

/** A `NatsConnection` of `@nats-io/transport-node`. Its own types do not compile under all strict settings. */
export interface NatsConnectionLike {
  request(subject: string, ...rest: never[]): Promise<unknown>;
  close(): Promise<void>;
}

/** The options of `connect()` of `@nats-io/transport-node`. */
export interface NatsConnectOptions {
  /** Such as `nats://127.0.0.1:4222`. */
  readonly servers?: string | readonly string[] | undefined;
  readonly [option: string]: unknown;
}

/** A group of runtimes that share partitions through NATS JetStream. */
export interface NatsCoordinatorOptions {
  /** A connection of your own, which stays open; or where to connect to. */
  readonly connection: NatsConnectionLike | NatsConnectOptions;
  /** The name of the group: letters, digits, `_` and `-`. */
  readonly group: string;
  /** Default 64; the same for all members, for ever. */
  readonly partitions?: number | undefined;
  /** How long a member that is silent keeps its partitions, in ms. Default 3,000; the same for all members. */
  readonly leaseMs?: number | undefined;
  /** Copies of the buckets, in a cluster of servers. Default 1. */
  readonly replicas?: number | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** A coordinator with a connection of its own, or on yours. */
export class NatsCoordinator extends LeasedCoordinator implements AsyncDisposable {
  readonly #close: () => Promise<void>;

  /** @internal */
  constructor(
    close: () => Promise<void>,
    ...rest: ConstructorParameters<typeof LeasedCoordinator>
  ) {
    super(...rest);
    this.#close = close;
  }

  /** Leaves the group and closes the connection, if it is its own. */
  async close(): Promise<void> {
    await this.leave();
    await this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Makes a coordinator on the key-value buckets `<group>_leases` and `<group>_checkpoints`, which are made where they
 * are missing. JetStream's consensus decides who holds what; nothing here does.
 * @throws ConnectionError `ERR_PIPELINE_CONNECTION` when the server cannot be reached, or has no JetStream
 */
export async function natsCoordinator(options: NatsCoordinatorOptions): Promise<NatsCoordinator> {
  const { connection, group, partitions, leaseMs = 3_000, replicas = 1 } = options;
  let opened: NatsConnection | undefined;
  try {
    if (!isConnection(connection)) opened = await connect(connection as NodeConnectionOptions);
    const kvm = new Kvm((opened ?? connection) as unknown as NatsConnection);
    const leases = await kvm.create(`${group}_leases`, { ttl: leaseMs, replicas, history: 1 });
    const checkpoints = await kvm.create(`${group}_checkpoints`, { replicas, history: 1 });
    const close = async (): Promise<void> => {
      await opened?.close();
    };
    return new NatsCoordinator(
      close,
      new KvLeaseStore(leases, leaseMs),
      new KvCheckpointStore(checkpoints),
      { partitions, onError: options.onError, clock: options.clock },
    );
  } catch (error) {
    await opened?.close();
    throw new ConnectionError(
      `the group ${group} cannot be coordinated: ${reasonOf(error)}; is there a nats-server with JetStream (-js)?`,
      { cause: error, retryable: true },
    );
  }
}

function isConnection(given: NatsConnectionLike | NatsConnectOptions): given is NatsConnectionLike {
  return typeof (given as Partial<NatsConnectionLike>).request === 'function';
}
