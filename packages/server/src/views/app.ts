import type { KeyValueStore, MetashrewRuntimeAdapter } from '@rockpool/view-runtime';
import { Hono } from 'hono';
import type { Log } from '../log.js';
import { viewMetrics } from './metrics.js';

/** What is served. */
export interface ViewsParts {
  /** The JSON-RPC of views, at `POST /`. */
  readonly rpc: (request: Request) => Promise<Response>;
  readonly adapter: MetashrewRuntimeAdapter;
  readonly store: KeyValueStore;
  readonly log: Log;
}

/** The addresses of `rockpool views`. */
export function viewsApp({ rpc, adapter, store, log }: ViewsParts): Hono {
  const metrics = viewMetrics(adapter, store);
  return new Hono()
    .get('/metrics', async (context) => {
      return context.text(await metrics.metrics(), 200, { 'content-type': metrics.contentType });
    })
    .all('*', (context) => rpc(context.req.raw))
    .onError((error, context) => {
      log.error(`a request failed: ${error.message}`);
      return context.text('Internal error', 500);
    });
}
