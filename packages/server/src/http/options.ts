import { parseOptions } from '@rockpool/core';
import { z } from 'zod';

/** How the endpoints are served. */
export interface ServerOptions {
  /** Default `127.0.0.1`: nobody else than this machine. */
  readonly host?: string | undefined;
  /** 0 = any that is free. Default 8080. */
  readonly port?: number | undefined;
  /**
   * With a token of at least 16 characters, `POST /actions/…` is served to those who bring it as a bearer token.
   * Default none: there are no actions.
   */
  readonly actionsToken?: string | undefined;
  /** Host names under which the server is reached, beside `localhost` and the address it listens on. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Largest body of a request, in bytes. Default 10,000,000. */
  readonly maxBodyBytes?: number | undefined;
  /** Largest headers of a request, in bytes. Default 16,384. */
  readonly maxHeaderBytes?: number | undefined;
  /** From the first byte of a request to its answer, in ms; streams are not limited. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Clients of the event stream at once. Default 32. */
  readonly maxStreams?: number | undefined;
  /** Connections at once. Default 1,024. */
  readonly maxConnections?: number | undefined;
  /** Between two snapshots of the event stream, in ms. Default 1,000. */
  readonly snapshotMs?: number | undefined;
  /** How long the end waits for requests that are being answered, in ms. Default 10,000. */
  readonly shutdownTimeoutMs?: number | undefined;
}

/** {@link ServerOptions} with their defaults. */
export interface ResolvedServerOptions {
  readonly host: string;
  readonly port: number;
  readonly actionsToken: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  readonly maxStreams: number;
  readonly maxConnections: number;
  readonly snapshotMs: number;
  readonly shutdownTimeoutMs: number;
}

const count = (least: number, most = 2 ** 31 - 1) =>
  z.number(`must be a whole number from ${least} to ${most}`).int().min(least).max(most);

const schema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: count(0, 65_535).default(8_080),
  actionsToken: z.string().min(16, 'must have at least 16 characters').optional(),
  allowedHosts: z.array(z.string().min(1)).default([]),
  maxBodyBytes: count(1).default(10_000_000),
  maxHeaderBytes: count(1_024).default(16_384),
  requestTimeoutMs: count(1).default(30_000),
  maxStreams: count(0).default(32),
  maxConnections: count(1).default(1_024),
  snapshotMs: count(50).default(1_000),
  shutdownTimeoutMs: count(0).default(10_000),
});

/**
 * Checks the options and fills in the defaults.
 * @throws PoolOptionsError `ERR_POOL_OPTIONS`
 */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const { actionsToken, ...rest } = parseOptions(schema, options, 'server options');
  return { ...rest, actionsToken };
}
