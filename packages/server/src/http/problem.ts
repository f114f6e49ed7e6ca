import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodError } from 'zod';

/** What a schema has against a request, in one line. */
export function whatIsWrong({ issues }: ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')} ${message}`))
    .join('; ');
}

/** For paths that are there, but only by `POST`. */
export function onlyByPost(context: Context): Response {
  const { method, path } = context.req;
  return problem(context, 405, 'ERR_HTTP_METHOD', `${path} takes POST, not ${method}`, {
    allow: 'POST',
  });
}

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
