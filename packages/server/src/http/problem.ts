import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An answer that tells what is wrong: RFC 9457. Nothing of the inside is shown: no stack, no cause. */
export function problem(
  context: Context,
  status: ContentfulStatusCode,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return context.body(JSON.stringify({ status, code, detail }), status, {
    'content-type': 'application/problem+json',
    ...headers,
  });
}
