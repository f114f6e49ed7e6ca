import { type Clock, PoolError, reasonOf, type TimerHandle } from '@rockpool/core';
import { ExtractionError, type ExtractionMode } from '@rockpool/extraction';
import { ExtractError } from '@rockpool/native-adapter';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { Cockpit } from '../cockpit/cockpit.js';
import { readBody } from './body.js';
import type { ResolvedServerOptions } from './options.js';
import { onlyByPost, problem, whatIsWrong } from './problem.js';

const request = z.strictObject({
  html: z.string(),
  url: z.string().optional(),
  mode: z.enum(['article', 'full', 'metadata']).optional(),
  selectors: z.array(z.string()).min(1).optional(),
});

type PageToRead = Omit<z.output<typeof request>, 'html'> & { readonly html: string | Uint8Array };

/** `POST /extract`: a page as the body, or as JSON `{ html, url, mode, selectors }`. */
export function addExtractRoute(app: Hono, cockpit: Cockpit, options: ResolvedServerOptions): void {
  app.post('/extract', async (context) => {
    const page = await readPage(context, options.maxBodyBytes);
    if (page instanceof Response) return page;
    const deadline = new Deadline(cockpit.clock, options.requestTimeoutMs, context.req.raw.signal);
    try {
      const document = await cockpit.extraction.extract(page.html, page.url, modeOf(page), {
        signal: deadline.signal,
      });
      return context.json(document);
    } catch (error) {
      return failure(context, error, deadline);
    } finally {
      deadline.end();
    }
  });
  app.on(['GET', 'PUT', 'PATCH', 'DELETE'], '/extract', onlyByPost);
}

async function readPage(context: Context, maxBytes: number): Promise<PageToRead | Response> {
  const type = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  const isPage = type === 'text/html' || type === 'application/xhtml+xml';
  if (!isPage && type !== 'application/json') {
    const detail =
      'send a page as text/html, or { html, url, mode, selectors } as application/json';
    return problem(context, 415, 'ERR_HTTP_TYPE', detail);
  }
  const body = await readBody(context, maxBytes);
  if (body === undefined) {
    return problem(context, 413, 'ERR_HTTP_TOO_LARGE', `a page may have ${maxBytes} bytes`);
  }
  try {
    const json: unknown = isPage ? fromQuery(context) : JSON.parse(new TextDecoder().decode(body));
    const read = request.safeParse(json);
    if (!read.success) return badRequest(context, whatIsWrong(read.error));
    // A page of its own as bytes: it says itself in which charset it is.
    return isPage ? { ...read.data, html: body } : read.data;
  } catch (error) {
    return badRequest(context, `the body is no JSON: ${reasonOf(error)}`);
  }
}

function fromQuery(context: Context): object {
  const { url, mode, selector } = context.req.queries() as Partial<Record<string, string[]>>;
  return { html: '', url: url?.[0], mode: mode?.[0], selectors: selector };
}

function modeOf({ mode, selectors }: PageToRead): ExtractionMode {
  return selectors === undefined ? (mode ?? 'article') : { custom: selectors };
}

function badRequest(context: Context, detail: string): Response {
  return problem(context, 400, 'ERR_HTTP_REQUEST', detail);
}

/** What went wrong, in the words of HTTP: the page's fault, nobody free, out of time, or ours. */
function failure(context: Context, error: unknown, deadline: Deadline): Response {
  if (deadline.state === 'passed' && PoolError.is(error, 'ERR_POOL_ABORTED')) {
    return problem(context, 504, 'ERR_HTTP_DEADLINE', 'no extractor became free in time');
  }
  if (ExtractError.is(error, 'ERR_EXTRACT_TIMEOUT'))
    return problem(context, 504, error.code, error.message);
  if (ExtractError.is(error)) return problem(context, 422, error.code, error.message);
  if (PoolError.is(error))
    return problem(context, 503, error.code, error.message, { 'retry-after': '1' });
  if (error instanceof ExtractionError) return problem(context, 502, error.code, error.message);
  // Whatever this is, it is not for strangers.
  process.emitWarning(`POST /extract: ${reasonOf(error)}`, { code: 'ROCKPOOL_SERVER' });
  return problem(context, 500, 'ERR_HTTP_INTERNAL', 'the page could not be read');
}

/** Aborts when the time of a request is over, or its client has gone. */
class Deadline {
  state: 'waiting' | 'passed' = 'waiting';
  readonly #clock: Clock;
  readonly #timer: TimerHandle;
  readonly #controller = new AbortController();
  readonly #client: AbortSignal;
  readonly #gone = (): void => this.#controller.abort(new Error('the client has gone'));

  constructor(clock: Clock, ms: number, client: AbortSignal) {
    this.#clock = clock;
    this.#client = client;
    client.addEventListener('abort', this.#gone, { once: true });
    this.#timer = clock.setTimeout(() => {
      this.state = 'passed';
      this.#controller.abort(new Error(`the request took longer than ${ms} ms`));
    }, ms);
    this.#timer.unref?.();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#client.removeEventListener('abort', this.#gone);
  }
}
