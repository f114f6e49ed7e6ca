import type { Pool } from '@rockpool/core';

/** What the bus needs of a pool: any `Pool`, or something that passes its events on. */
export type ObservablePool<T> = Pick<Pool<T>, 'name' | 'min' | 'state' | 'stats' | 'on'>;
