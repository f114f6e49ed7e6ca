import { PoolError } from '@rockpool/core';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { Cockpit } from '../cockpit/cockpit.js';
import { readBody } from './body.js';
import { onlyByPost, problem, whatIsWrong } from './problem.js';
import { onlyWithToken } from './security.js';

const size = z.int('must be a whole number').min(0).max(10_000).optional();
/** Largest body of an action. */
const MOST_BYTES = 10_000;
const sizes = z
  .strictObject(
    { min: size, max: size },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'send the sizes as JSON, such as {"max":8}' : undefined,
    },
  )
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'give min, max or both');

/** `POST /actions/…`: steering, for those who bring the token. */
export function addActionRoutes(app: Hono, cockpit: Cockpit, token: string): void {
  app.use('/actions/*', onlyWithToken(token));

  app.post('/actions/breaker/:verb', (context) => {
    const { breaker } = cockpit.extraction;
    const verb = context.req.param('verb');
    if (verb === 'trip') breaker.trip(new Error('tripped by hand'));
    else if (verb === 'reset') breaker.reset();
    else if (verb === 'isolate') breaker.isolate();
    else return unknown(context, verb, 'trip, reset and isolate');
    return done(context, cockpit, `breaker ${verb}`, { breaker: breaker.snapshot() });
  });

  app.post('/actions/pools/:name/:verb', async (context) => {
    const name = context.req.param('name');
    const pool = cockpit.poolNamed(name);
    if (pool === undefined) return problem(context, 404, 'ERR_HTTP_POOL', noPool(name, cockpit));
    const verb = context.req.param('verb');
    try {
      if (verb === 'drain') {
        // It settles when all leases are back, and that may take longer than a request: what comes of it is an event.
        pool.drain().catch((error: unknown) =>
          cockpit.bus.publish('system.action', () => ({
            severity: 'error',
            message: `drain of ${name} failed: ${String(error)}`,
          })),
        );
      } else if (verb === 'resume') pool.resume();
      else if (verb === 'clear') await pool.clear();
      else if (verb === 'gc') await pool.memory.forceGc();
      else if (verb === 'resize') {
        const wanted = sizes.safeParse(await jsonOf(context));
        if (!wanted.success) {
          return problem(context, 400, 'ERR_HTTP_REQUEST', whatIsWrong(wanted.error));
        }
        const { min, max } = wanted.data;
        pool.resize({ ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
      } else return unknown(context, verb, 'drain, resume, clear, gc and resize');
    } catch (error) {
      if (!PoolError.is(error)) throw error;
      return problem(context, 409, error.code, error.message);
    }
    return done(context, cockpit, `${verb} ${name}`, { pool: name, state: pool.state });
  });

  app.on(['GET', 'PUT', 'PATCH', 'DELETE'], '/actions/*', onlyByPost);
}

function noPool(name: string, cockpit: Cockpit): string {
  const names = cockpit.pools.map((pool) => pool.name);
  return `there is no pool ${name}; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'none'}`;
}

/** What the body says; `undefined` when it is no JSON, or too much for an action. */
async function jsonOf(context: Context): Promise<unknown> {
  const body = await readBody(context, MOST_BYTES);
  try {
    return body && JSON.parse(new TextDecoder().decode(body));
  } catch {
    // No JSON is as good as nothing: the schema says what is missing.
    return undefined;
  }
}

function unknown(context: Context, verb: string, known: string): Response {
  return problem(context, 404, 'ERR_HTTP_ACTION', `there is no action ${verb}; there are ${known}`);
}

/** Every action is told on the bus: what an operator does belongs into the log. */
function done(context: Context, cockpit: Cockpit, what: string, body: object): Response {
  cockpit.bus.publish('system.action', () => ({ severity: 'warn', message: `by hand: ${what}` }));
  return context.json({ done: what, ...body });
}
