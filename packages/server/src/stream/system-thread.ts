import { type SystemPages, SystemThread } from '@rockpool/pipeline';
import type { Hono } from 'hono';
import type { Listening } from '../http/listen.js';

const PATHS = ['/livez', '/readyz', '/healthz', '/metrics'];

/**
 * Answers as the app does, from a thread that is not held up by what this one has to do: with what the app answered
 * last, once a second.
 */
export function listenInThread(
  app: Hono,
  at: { readonly host: string; readonly port: number },
  onError: (error: unknown) => void,
): Promise<Listening> {
  return SystemThread.start({ ...at, onError, pages: () => pagesOf(app, at.host) });
}

async function pagesOf(app: Hono, host: string): Promise<SystemPages> {
  const pages = await Promise.all(
    PATHS.map(async (path) => {
      const answer = await app.request(path, { headers: { host } });
      const { status, headers } = answer;
      const page = { status, headers: Object.fromEntries(headers), body: await answer.text() };
      return [path, page] as const;
    }),
  );
  return Object.fromEntries(pages.filter(([, { status }]) => status !== 404));
}
