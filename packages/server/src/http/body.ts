import type { Context } from 'hono';

/**
 * The body of a request, or `undefined` when it is larger than `maxBytes`: seen in its length where the client tells it,
 * and while it comes in where it does not. Hono's own limit needs the global `Request` replaced, which is not ours to do.
 */
export async function readBody(
  context: Context,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const told = Number(context.req.header('content-length') ?? 0);
  if (told > maxBytes) return undefined;
  const { body } = context.req.raw;
  if (body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
