import { reasonOf } from '@rockpool/core';
import { Hono } from 'hono';
import type { Cockpit } from '../cockpit/cockpit.js';
import { addActionRoutes } from './action-routes.js';
import { addDashboardRoutes } from './dashboard-routes.js';
import { addEventsRoute, type Streams } from './events-route.js';
import { addExtractRoute } from './extract-route.js';
import { addHealthRoutes, type Readiness } from './health-routes.js';
import type { ResolvedServerOptions } from './options.js';
import { problem } from './problem.js';
import { onlyOwnHost, securityHeaders } from './security.js';

/** Every endpoint, as a web-standard `fetch` handler. */
export function createApp(
  cockpit: Cockpit,
  options: ResolvedServerOptions,
  readiness: Readiness,
  streams: Streams,
): Hono {
  const app = new Hono();
  app.use(securityHeaders, onlyOwnHost(options));
  addHealthRoutes(app, cockpit, readiness);
  app.get('/metrics', async (context) =>
    context.body(await cockpit.registry.metrics(), 200, {
      'content-type': cockpit.registry.contentType,
    }),
  );
  addEventsRoute(app, cockpit, options, streams);
  addExtractRoute(app, cockpit, options);
  if (options.actionsToken !== undefined) addActionRoutes(app, cockpit, options.actionsToken);
  addDashboardRoutes(app);
  app.get('/api/snapshot', (context) =>
    context.json({ ...cockpit.snapshot(), actions: options.actionsToken !== undefined }),
  );
  app.notFound((context) => problem(context, 404, 'ERR_HTTP_NOT_FOUND', 'there is no such page'));
  app.onError((error, context) => {
    // Who left in the middle of an upload gets no answer, and is no fault of the server's to warn of.
    if (context.req.raw.signal.aborted) {
      return problem(context, 400, 'ERR_HTTP_GONE', 'the client left before its request had ended');
    }
    process.emitWarning(`${context.req.method} ${context.req.path}: ${reasonOf(error)}`, {
      code: 'ROCKPOOL_SERVER',
      detail: error.stack ?? '',
    });
    return problem(context, 500, 'ERR_HTTP_INTERNAL', 'something went wrong in the server');
  });
  return app;
}
