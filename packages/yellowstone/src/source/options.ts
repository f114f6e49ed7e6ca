import type { SecureClientSessionOptions } from 'node:http2';
import { parseOptions } from '@rockpool/core';
import { z } from 'zod';
import { endpointOf } from '../connection/endpoint.js';
import { COMMITMENTS, type Commitment } from '../filters/request.js';
import { COMPRESSIONS, type Compression } from '../grpc/compression.js';

/** How several endpoints are used; see {@link YellowstoneOptions.balance}. */
export const BALANCES = ['failover', 'least-lag', 'first-wins', 'shard'] as const;
export type Balance = (typeof BALANCES)[number];

/** How many connections there are, and for how long. */
export interface ConnectionOptions {
  /** Connections at once, to all endpoints together. Default 10. */
  readonly maxConnections?: number | undefined;
  /** A connection that carries nothing for longer is closed, in ms. Default 60,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** How often a connection at rest is asked for a round trip, and `least-lag` compares, in ms. Default 30,000. */
  readonly healthCheckIntervalMs?: number | undefined;
  /** How long connecting, and each unary call, may take, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined;
}

/** How the source comes back after a cut. */
export interface ReconnectOptions {
  /** Upper limit of the first wait, in ms; a wait is drawn between a tenth of its limit and all of it. Default 500. */
  readonly initialMs?: number | undefined;
  /** Each limit is this many times the last one. Default 2. */
  readonly factor?: number | undefined;
  /** The highest limit, in ms. Default 60,000. */
  readonly maxMs?: number | undefined;
  /** Attempts in one outage; then the run ends with what ended the last one. Default 10. */
  readonly maxAttempts?: number | undefined;
  /** An outage is over when data has come for so long without a cut, in ms. Default 30,000. */
  readonly resetAfterMs?: number | undefined;
  /** `handled` replays from the last slot that was handled whole; `skip` goes on with what comes. Default `'handled'`. */
  readonly replay?: 'handled' | 'skip' | undefined;
  /**
   * A new connection asks for nothing that lies more slots behind the newest one seen; what of it has not come is told
   * as a `gap`. Default: no limit but that of the server.
   */
  readonly retentionSlots?: number | undefined;
  /** How many slots above must have come before a slot counts as whole. Default 8. */
  readonly marginSlots?: number | undefined;
}

/** The options of {@link yellowstoneSource}. */
export interface YellowstoneOptions {
  /** Addresses of servers, such as `https://example.com:10000`. Without a scheme: https. */
  readonly endpoints: string | readonly string[];
  /** Sent as the header `x-token`. */
  readonly xToken?: string | undefined;
  /** Further headers, in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: the server's, `processed`. */
  readonly commitment?: Commitment | undefined;
  /** Where to begin, unless the runtime says so. Default: with what comes. */
  readonly fromSlot?: bigint | undefined;
  /**
   * How several endpoints are used. `failover`: one, and the next when it fails. `least-lag`: the one that is furthest,
   * looked at on every connect and every `healthCheckIntervalMs`. `first-wins`: all, and what comes first counts.
   * `shard`: all, and each serves a part of the pipelines. Default `'failover'`.
   */
  readonly balance?: Balance | undefined;
  /** `least-lag` moves when another endpoint is so many slots ahead. Default 25. */
  readonly maxLagSlots?: number | undefined;
  /** What the server may compress messages with; `zstd` needs Node 22.15 or newer. Default `'none'`. */
  readonly compression?: Compression | undefined;
  /** A larger message is left out and counted as a parse error, in bytes. Default 64 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** How much a server may send ahead of what the runtime takes, in bytes. Default 1 MiB. */
  readonly windowBytes?: number | undefined;
  /** When nothing comes for so long, ask the server, in ms. Default 10,000. */
  readonly pingIntervalMs?: number | undefined;
  /** When nothing comes for so long, reconnect, in ms. Default 30,000. */
  readonly staleAfterMs?: number | undefined;
  /** When the runtime takes nothing for so long, close the subscription until it does, in ms. Default 10,000. */
  readonly suspendAfterMs?: number | undefined;
  readonly connections?: ConnectionOptions | undefined;
  /** `false`: a cut ends the run. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** For TLS: certificates and the like, as `tls.connect` takes them. */
  readonly tls?: SecureClientSessionOptions | undefined;
  /** A number from 0 up to 1, for the waits. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

const ms = z.number('must be a number of milliseconds').int().min(1);
const count = z.number('must be a whole number').int().min(1);

const address = z.string().refine((text) => {
  try {
    endpointOf(text);
    return true;
  } catch {
    return false;
  }
}, 'must be the address of a server, such as https://example.com:10000');

const connections = z.strictObject({
  maxConnections: count.default(10),
  idleTimeoutMs: ms.default(60_000),
  healthCheckIntervalMs: ms.default(30_000),
  connectTimeoutMs: ms.default(10_000),
});

const reconnect = z.strictObject({
  initialMs: ms.default(500),
  factor: z.number().min(1).default(2),
  maxMs: ms.default(60_000),
  maxAttempts: count.default(10),
  resetAfterMs: ms.default(30_000),
  replay: z.enum(['handled', 'skip']).default('handled'),
  retentionSlots: z.number().int().min(0).optional(),
  marginSlots: z.number().int().min(0).default(8),
});

const schema = z.strictObject({
  endpoints: z
    .union([address, z.array(address).min(1).readonly()])
    .transform((each) => (typeof each === 'string' ? [each] : [...new Set(each)])),
  xToken: z.string().optional(),
  headers: z
    .record(z.string().regex(/^[a-z0-9_.-]+$/, 'must be in lower case'), z.string())
    .default({}),
  commitment: z.enum(COMMITMENTS).optional(),
  fromSlot: z.bigint('must be a bigint, such as 123n').min(0n).optional(),
  balance: z.enum(BALANCES).default('failover'),
  maxLagSlots: count.default(25),
  compression: z
    .enum(['gzip', 'zstd', 'none'])
    .refine((each) => COMPRESSIONS.includes(each), 'needs Node 22.15 or newer; take gzip or none')
    .default('none'),
  maxMessageBytes: count.default(64 * 2 ** 20),
  windowBytes: z
    .number()
    .int()
    .min(65_535)
    .max(2 ** 31 - 1)
    .default(2 ** 20),
  pingIntervalMs: ms.default(10_000),
  staleAfterMs: ms.default(30_000),
  suspendAfterMs: ms.default(10_000),
  connections: connections.prefault({}),
  reconnect: z.union([z.literal(false), reconnect]).prefault({}),
  tls: z.custom<SecureClientSessionOptions>((value) => typeof value === 'object').optional(),
  random: z
    .custom<() => number>((value) => typeof value === 'function', 'must be a function')
    .default(() => Math.random),
});

/** {@link YellowstoneOptions} with their defaults. */
export interface ResolvedOptions {
  readonly endpoints: readonly string[];
  readonly xToken?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly commitment?: Commitment | undefined;
  readonly fromSlot?: bigint | undefined;
  readonly balance: Balance;
  readonly maxLagSlots: number;
  readonly compression: Compression;
  readonly maxMessageBytes: number;
  readonly windowBytes: number;
  readonly pingIntervalMs: number;
  readonly staleAfterMs: number;
  readonly suspendAfterMs: number;
  readonly connections: Resolved<ConnectionOptions>;
  readonly reconnect: ResolvedReconnect | false;
  readonly tls?: SecureClientSessionOptions | undefined;
  readonly random: () => number;
}

/** {@link ReconnectOptions} with their defaults. */
export type ResolvedReconnect = Resolved<Omit<ReconnectOptions, 'retentionSlots'>> &
  Pick<ReconnectOptions, 'retentionSlots'>;

type Resolved<Options> = { readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined> };

/**
 * Checks the options.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong
 */
export function resolveOptions(options: YellowstoneOptions): ResolvedOptions {
  return parseOptions<ResolvedOptions>(schema, options, 'yellowstoneSource options');
}
