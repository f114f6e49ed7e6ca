import { type Clock, parseOptions, systemClock } from '@rockpool/core';
import type { Logger } from '@rockpool/pipeline';
import { z } from 'zod';
import { asJson } from './as-json.js';

/** The options of {@link serveOutputs}. */
export interface ServeOutputsOptions {
  /** Default `127.0.0.1`: this machine alone. */
  readonly host?: string | undefined;
  /** Default 0: any that is free. */
  readonly port?: number | undefined;
  /** Which pipelines may be subscribed to. Default all. */
  readonly pipelines?: readonly string[] | undefined;
  /** What a client gets of a value. Default JSON, with bytes as base64 and `bigint` as text. */
  readonly encode?: ((value: unknown, pipeline: string) => Uint8Array | string) | undefined;
  /** Calls without this header `x-token` are refused. Default: none is needed. */
  readonly xToken?: string | undefined;
  /** Subscriptions at once; one more is refused with `RESOURCE_EXHAUSTED`. Default 100. */
  readonly maxClients?: number | undefined;
  /** Values that may wait for one client; one more, and it is dropped. Default 1,000. */
  readonly maxWaiting?: number | undefined;
  /** Bytes that may wait for one client. Default 16 MiB. */
  readonly maxWaitingBytes?: number | undefined;
  /**
   * How long a call may take to send its request, and how long `close()` and a call that is over wait for a client that
   * does not read, in ms. Default 5,000.
   */
  readonly graceMs?: number | undefined;
  readonly log?: Logger | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

const count = z.number().int().min(1);
const schema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(0),
  pipelines: z.array(z.string()).readonly().optional(),
  encode: z
    .custom<NonNullable<ServeOutputsOptions['encode']>>(
      (value) => typeof value === 'function',
      'must be a function',
    )
    .default(() => asJson),
  xToken: z.string().min(1).optional(),
  maxClients: count.default(100),
  maxWaiting: count.default(1_000),
  maxWaitingBytes: count.default(16 * 2 ** 20),
  graceMs: z.number().min(1).default(5_000),
  log: z.custom<Logger>((value) => typeof value === 'object').optional(),
  clock: z.custom<Clock>((value) => typeof value === 'object').default(systemClock),
});

/** {@link ServeOutputsOptions} with their defaults. */
export type ResolvedServeOptions = Pick<ServeOutputsOptions, 'pipelines' | 'xToken' | 'log'> & {
  readonly [Name in Exclude<keyof ServeOutputsOptions, 'pipelines' | 'xToken' | 'log'>]-?: Exclude<
    ServeOutputsOptions[Name],
    undefined
  >;
};

/** @throws PoolOptionsError `ERR_POOL_OPTIONS` with everything that is wrong */
export function resolveServeOptions(options: ServeOutputsOptions): ResolvedServeOptions {
  return parseOptions<ResolvedServeOptions>(schema, options, 'serveOutputs options');
}
