import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { postError } from './threads/posted-error.js';
import type { SystemBoot, SystemPage, SystemTold, SystemUpdate } from './threads/system-pages.js';

/**
 * The program of the system thread: answers with the pages that the main thread posted last, and knows how long ago
 * that was. It asks the main thread nothing, so it answers whatever that is doing.
 */
const port = parentPort;
if (port === null) throw new Error('this program runs in a worker thread');
const tell = (message: SystemTold): void => port.postMessage(message);
const { host, port: wanted, stalledAfterMs, allowedHosts, pages: first } = workerData as SystemBoot;
const hosts = new Set(allowedHosts);

let pages = first;
let pagesAt = performance.now();
let heardAt = pagesAt;
port.on('message', (update: SystemUpdate) => {
  heardAt = performance.now();
  if (update.pages === undefined) return;
  pages = update.pages;
  pagesAt = heardAt;
});

const server = createServer(answer);
server.once('error', (error) => tell({ kind: 'failed', error: postError(error) }));
server.listen(wanted, host, () => {
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = pageFor(request);
  const ageMs = Math.round(performance.now() - pagesAt);
  response.writeHead(status, { ...headers, 'x-rockpool-snapshot-age-ms': ageMs });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function pageFor({ method, url = '/', headers }: IncomingMessage): SystemPage {
  // A page in a browser of this machine must not get here by a name of its own.
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (hosts.size > 0 && !hosts.has(name)) {
    return problem(403, 'ERR_HTTP_HOST', 'this server does not answer for that host');
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return problem(405, 'ERR_HTTP_METHOD', 'pages are read by GET and HEAD');
  }
  const path = url.replace(/\?.*$/, '');
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return problem(404, 'ERR_HTTP_NOT_FOUND', 'there is no such page');
  const silentMs = performance.now() - heardAt;
  if (path === '/metrics') return { ...page, body: page.body + ages(silentMs) };
  if (silentMs <= stalledAfterMs) return page;
  const detail = `the main thread has not answered for ${Math.round(silentMs)} ms`;
  return problem(503, 'ERR_HTTP_STALLED', detail);
}

/** How old the figures are, in the format of the others. */
function ages(silentMs: number): string {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
  return [
    '# HELP rockpool_pipeline_snapshot_age_seconds How long ago these figures were read.',
    '# TYPE rockpool_pipeline_snapshot_age_seconds gauge',
    `rockpool_pipeline_snapshot_age_seconds ${seconds(performance.now() - pagesAt)}`,
    '# HELP rockpool_pipeline_main_thread_silent_seconds How long ago the main thread was heard of.',
    '# TYPE rockpool_pipeline_main_thread_silent_seconds gauge',
    `rockpool_pipeline_main_thread_silent_seconds ${seconds(silentMs)}`,
    '',
  ].join('\n');
}

function problem(status: number, code: string, detail: string): SystemPage {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ status, code, detail }),
  };
}
