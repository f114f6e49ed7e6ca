import { EventEmitter } from 'node:events';
import Pool from 'pg-pool';
import { makerFor, type Resource, type Setup, type Subject, warmUp } from './subject.js';

/** The part of a client that pg-pool adds. */
interface PooledClient extends Resource {
  release(destroy?: boolean): void;
}

/** pg-pool's own code with a client that connects on a microtask and sends nothing. */
export async function openPgPool(setup: Setup): Promise<Subject<PooledClient>> {
  const make = makerFor(setup);
  class FakeClient extends EventEmitter implements Resource {
    readonly id: number = make().id;
    readonly connection: EventEmitter = new EventEmitter();
    /** Without it pg-pool takes the client for broken and makes a new one for each loan. */
    readonly _queryable: boolean = true;

    connect(connected: () => void): void {
      queueMicrotask(connected);
    }

    end(ended?: () => void): void {
      setup.onDestroy?.();
      if (ended !== undefined) queueMicrotask(ended);
    }

    ref(): void {}
    unref(): void {}
  }
  const pool = new Pool({
    Client: FakeClient,
    max: setup.max,
    connectionTimeoutMillis: setup.acquireTimeoutMs ?? 0,
    ...(setup.idleTimeoutMs === undefined ? {} : { idleTimeoutMillis: setup.idleTimeoutMs }),
  });
  return warmUp(
    {
      acquire: () => pool.connect(),
      resourceOf: (client) => client,
      release: (client) => client.release(),
      destroy: (client) => client.release(true),
      close: () => pool.end(),
    },
    setup,
  );
}
