import { createKeyedPool } from '@rockpool/core';
import { ManualClock } from '@rockpool/core/testing';

/** What stands under a key. */
export interface Connection {
  readonly host: unknown;
}

type Options = Parameters<typeof createKeyedPool<unknown, Connection>>[1];

/** A keyed pool of connections on a clock that stands still. */
export function keyed(options: Options = {}) {
  const clock = new ManualClock();
  const pool = createKeyedPool<unknown, Connection>(({ key }) => ({ host: key }), {
    clock,
    idleTimeoutMs: 0,
    ...options,
  });
  return { clock, pool };
}
