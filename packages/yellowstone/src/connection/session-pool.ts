import { createKeyedPool, type KeyedPool, type Lease } from '@rockpool/core';
import type { Endpoint } from './endpoint.js';
import { Session, type SessionOptions } from './session.js';

/** How many connections there are, and for how long. */
export interface SessionPoolOptions extends SessionOptions {
  /** Connections at once, to all endpoints together. */
  readonly maxConnections: number;
  /** A connection that carries nothing for longer is closed, in ms. */
  readonly idleTimeoutMs: number;
  /** How often a connection that carries nothing is asked for a round trip, in ms. */
  readonly healthCheckIntervalMs: number;
  /** How long connecting may take, in ms. */
  readonly connectTimeoutMs: number;
}

/** What HTTP/2 servers allow at least, as a rule. */
const CALLS_PER_CONNECTION = 100;

/** A pool of HTTP/2 connections by endpoint. */
export type SessionPool = KeyedPool<Endpoint, Session>;

/** The right to make calls on a connection. */
export type SessionLease = Lease<Session>;

/** Connections by endpoint; a connection serves up to a hundred calls at once before another is made. */
export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const { maxConnections, idleTimeoutMs, healthCheckIntervalMs, connectTimeoutMs, clock } = options;
  return createKeyedPool<Endpoint, Session>(
    {
      create: ({ key, signal, died }) => Session.open(key, options, signal, died),
      validate: async (session) => {
        if (!session.usable) return false;
        await session.ping();
        return true;
      },
      destroy: (session) => session.destroy(),
    },
    {
      name: 'yellowstone:connections',
      clock,
      hash: ({ origin }) => origin,
      maxTotal: maxConnections,
      maxPerKey: maxConnections,
      concurrency: CALLS_PER_CONNECTION,
      maxCreating: 1,
      // Whoever reconnects has waited already.
      createRetry: { maxAttempts: 1, initialMs: 1, maxMs: 1 },
      createTimeoutMs: connectTimeoutMs,
      acquireTimeoutMs: connectTimeoutMs,
      idleTimeoutMs,
      testWhileIdle: true,
      keepAliveMs: healthCheckIntervalMs,
    },
  );
}
