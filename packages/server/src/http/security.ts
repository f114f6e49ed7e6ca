import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { ResolvedServerOptions } from './options.js';
import { problem } from './problem.js';

/** The page loads what this server gives, runs what stands in files, and is shown in no frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers that every answer carries. */
export const securityHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  context.header('content-security-policy', CONTENT_SECURITY_POLICY);
  context.header('x-content-type-options', 'nosniff');
  context.header('referrer-policy', 'no-referrer');
  context.header('cross-origin-resource-policy', 'same-origin');
  if (context.res.headers.get('cache-control') === null)
    context.header('cache-control', 'no-store');
};

/**
 * Refuses requests for other hosts: a page in a browser of this machine must not reach the server by a name of its own
 * that leads here.
 */
export function onlyOwnHost({
  host,
  allowedHosts,
}: Pick<ResolvedServerOptions, 'host' | 'allowedHosts'>): MiddlewareHandler {
  const own = new Set(['localhost', '127.0.0.1', '[::1]', host, `[${host}]`, ...allowedHosts]);
  // Who listens everywhere is reached under names that nobody knows beforehand.
  const everywhere = host === '0.0.0.0' || host === '::';
  return async (context, next) => {
    const name = (context.req.header('host') ?? '').replace(/:\d+$/, '').toLowerCase();
    const isOwn = own.has(name) || (everywhere && allowedHosts.length === 0);
    if (!isOwn) {
      const detail = 'this server does not answer for that host; see --allowed-host';
      return problem(context, 403, 'ERR_HTTP_HOST', detail);
    }
    return next();
  };
}

/** Lets pass who brings the token. The comparison takes the same time whatever is brought. */
export function onlyWithToken(token: string): MiddlewareHandler {
  const expected = digest(token);
  return async (context, next) => {
    const [, brought = ''] = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (timingSafeEqual(digest(brought), expected)) return next();
    return problem(context, 401, 'ERR_HTTP_TOKEN', 'actions need the bearer token of this server', {
      'www-authenticate': 'Bearer realm="rockpool"',
    });
  };
}

/** Of equal length for any input, so that the comparison may be. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
