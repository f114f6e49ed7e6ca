import { type RequestOptions, request } from 'node:http';
import { Worker } from 'node:worker_threads';
import { ManualClock } from '@rockpool/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  pipeline,
  Runtime,
  RuntimeError,
  runtimePages,
  type SystemPages,
  SystemThread,
  type SystemThreadOptions,
} from '../../src/index.js';
import { HandSource, type Kinds, SILENT, settled, textParser, word } from '../support.js';

const page = (body: string) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });
const pagesOf = (body: string): SystemPages => ({
  '/metrics': page(`${body} 1\n`),
  '/healthz': page(body),
});

/** How long the main thread may be kept busy in vain. */
const LONGEST_MS = 10_000;

/**
 * Keeps this thread busy until another one has fetched `path` with an answer that `wanted` takes, or for too long.
 * @returns what was fetched, and how long this thread did nothing else
 */
async function fetchedWhileBusy(
  url: string,
  wanted: string,
  leastMs: number,
): Promise<{ answer: { status: number; text: string; ageMs: number }; busyMs: number }> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const scraper = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    (async () => {
      const { url, flag } = workerData;
      const wanted = new Function('answer', 'return ' + workerData.wanted);
      for (let answer; ; ) {
        const response = await fetch(url);
        answer = {
          status: response.status,
          text: await response.text(),
          ageMs: Number(response.headers.get('x-rockpool-snapshot-age-ms')),
        };
        if (!wanted(answer)) continue;
        parentPort.postMessage(answer);
        Atomics.store(flag, 0, 1);
        return;
      }
    })();`,
    { eval: true, execArgv: [], workerData: { url, flag, wanted } },
  );
  const answered = new Promise<{ status: number; text: string; ageMs: number }>(
    (resolve, reject) => {
      scraper.once('message', resolve);
      scraper.once('error', reject);
    },
  );
  await new Promise((resolve) => scraper.once('online', resolve));
  const begun = performance.now();
  const busyFor = (): number => performance.now() - begun;
  while ((Atomics.load(flag, 0) === 0 || busyFor() < leastMs) && busyFor() < LONGEST_MS);
  const busyMs = busyFor();
  const answer = await answered;
  await scraper.terminate();
  return { answer, busyMs };
}

describe('a system thread', () => {
  const open: SystemThread[] = [];
  const start = async (options: SystemThreadOptions): Promise<SystemThread> => {
    const thread = await SystemThread.start(options);
    open.push(thread);
    return thread;
  };
  afterEach(async () => {
    for (const thread of open.splice(0)) await thread.close();
  });

  it('answers with the metrics of a runtime while the main thread is busy', async () => {
    const source = new HandSource();
    const runtime = await Runtime.builder<Kinds>()
      .source(source)
      .pipeline(pipeline(textParser, [{ name: 'keep', handle: () => undefined }]))
      .build({ log: SILENT });
    const thread = await start({ pages: () => runtimePages(runtime) });
    expect((await fetch(`${thread.url}/metrics`)).status).toBe(503);
    const ran = runtime.run();
    await settled();
    await source.push(word('a'), word('b'));
    await thread.post();
    const { answer, busyMs } = await fetchedWhileBusy(
      `${thread.url}/metrics`,
      '/messages_processed_total.*} 2\\n/.test(answer.text)',
      300,
    );
    expect(busyMs).toBeGreaterThanOrEqual(300);
    expect(busyMs).toBeLessThan(LONGEST_MS);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^rockpool_vixen_messages_processed_total\{.*\} 2$/m);
    expect(answer.text).toMatch(/^rockpool_pipeline_snapshot_age_seconds \d+\.\d{3}$/m);
    source.end();
    await ran;
  });

  it('says how old its figures are, which the main thread has not made anew', async () => {
    const thread = await start({ pages: () => pagesOf('figures') });
    const { answer } = await fetchedWhileBusy(`${thread.url}/metrics`, 'answer.ageMs >= 300', 0);
    const [, age] = /^rockpool_pipeline_snapshot_age_seconds (.*)$/m.exec(answer.text) ?? [];
    expect(Number(age)).toBeGreaterThanOrEqual(0.3);
    expect(answer.text.startsWith('figures 1\n# HELP')).toBe(true);
  });

  it('says that the main thread is silent, and that it is back', async () => {
    const thread = await start({ pages: () => pagesOf('fine'), stalledAfterMs: 150 });
    const url = `${thread.url}/healthz`;
    const { answer, busyMs } = await fetchedWhileBusy(url, 'answer.status === 503', 0);
    expect(busyMs).toBeLessThan(LONGEST_MS);
    expect(JSON.parse(answer.text)).toEqual({
      status: 503,
      code: 'ERR_HTTP_STALLED',
      detail: expect.stringMatching(/^the main thread has not answered for \d{3,} ms$/),
    });
    await thread.post();
    await vi.waitFor(async () => expect(await (await fetch(url)).text()).toBe('fine'));
  });

  it('makes its pages at every interval, and keeps the last ones when they cannot be made', async () => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    let made = 0;
    const thread = await start({
      pages: () => {
        made += 1;
        if (made === 3) throw new Error('no figures');
        return pagesOf(`made ${made}`);
      },
      onError: (error) => void errors.push(error),
      clock,
      intervalMs: 500,
    });
    const text = async () => (await fetch(`${thread.url}/healthz`)).text();
    // What is posted and what is asked for come to the thread by different ways.
    const shows = (wanted: string) => vi.waitFor(async () => expect(await text()).toBe(wanted));
    await shows('made 1');
    await clock.advance(500);
    await shows('made 2');
    await clock.advance(500);
    expect(errors).toMatchObject([{ message: 'no figures' }]);
    expect(await text()).toBe('made 2');
    await clock.advance(500);
    await shows('made 4');
    await thread.close();
    expect(clock.pending).toBe(0);
    await expect(text()).rejects.toThrow();
  });

  it('answers for its own hosts alone, and for its own pages', async () => {
    const thread = await start({ pages: () => pagesOf('x'), allowedHosts: ['metrics.example'] });
    // `fetch` does not let anybody say another host.
    const ask = (path: string, options: RequestOptions = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(`${thread.url}${path}`, options, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end();
      });
    expect(await ask('/healthz?verbose')).toBe(200);
    expect(await ask('/healthz', { method: 'HEAD' })).toBe(200);
    expect(await ask('/healthz', { method: 'POST' })).toBe(405);
    expect(await ask('/constructor')).toBe(404);
    expect(await ask('/healthz', { headers: { host: 'metrics.example' } })).toBe(200);
    expect(await ask('/healthz', { headers: { host: 'evil.example' } })).toBe(403);
  });

  it('does not start where it cannot listen', async () => {
    const first = await start({ pages: () => pagesOf('x') });
    const port = Number(new URL(first.url).port);
    const error = await start({ pages: () => pagesOf('x'), port }).catch(
      (thrown: unknown) => thrown,
    );
    expect(RuntimeError.is(error, 'ERR_PIPELINE_SYSTEM')).toBe(true);
    expect(error).toMatchObject({ cause: { code: 'EADDRINUSE' } });
    await expect(start({ pages: () => pagesOf('x'), prot: 1 } as never)).rejects.toThrow(/prot/);
  });
});
