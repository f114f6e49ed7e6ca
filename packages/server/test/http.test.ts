import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { configure } from '@rockpool/extraction';
import { describe, expect, it } from 'vitest';
import { readStream, type StreamPart, serving } from './cockpit.js';
import { page } from './folder.js';

const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };
const bodyOf = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

/** A busy machine takes its time. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

describe('POST /extract', () => {
  it('reads a page that is the body, and one in JSON', async () => {
    const { url } = await serving();
    const query = 'url=https%3A%2F%2Fexample.com%2F&mode=full';
    const direct = await fetch(`${url}/extract?${query}`, {
      method: 'POST',
      headers: html,
      body: page('Tides'),
    });
    expect(direct.status).toBe(200);
    expect(await bodyOf(direct)).toMatchObject({ title: 'Tides', url: 'https://example.com/' });
    const selected = await fetch(`${url}/extract`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ html: '<p>a<b>bold</b>', selectors: ['b'] }),
    });
    expect(await bodyOf(selected)).toMatchObject({ text: 'bold', strategy: 'selectors' });
  });

  it('reads bytes in the charset that the page declares', async () => {
    const { url } = await serving();
    const bytes = Buffer.from('<meta charset="windows-1252"><title>Caf\xe9</title><p>x', 'latin1');
    const answer = await fetch(`${url}/extract?mode=metadata`, {
      method: 'POST',
      headers: html,
      body: bytes,
    });
    expect((await bodyOf(answer))['title']).toBe('Café');
  });

  it.each([
    ['a page that is none', html, 'no tag', '', 422, 'ERR_EXTRACT_NOT_HTML'],
    ['no page', html, ' ', '', 422, 'ERR_EXTRACT_EMPTY_INPUT'],
    ['an unknown mode', html, '<p>x', '?mode=all', 400, 'ERR_HTTP_REQUEST'],
    ['bad JSON', json, '{"html":', '', 400, 'ERR_HTTP_REQUEST'],
    ['an unknown key', json, '{"html":"<p>x","url2":1}', '', 400, 'ERR_HTTP_REQUEST'],
    [
      'a selector that is none',
      json,
      '{"html":"<p>x","selectors":["p["]}',
      '',
      422,
      'ERR_EXTRACT_INVALID_SELECTOR',
    ],
    ['another type', { 'content-type': 'text/plain' }, 'x', '', 415, 'ERR_HTTP_TYPE'],
  ])(
    'refuses %s in words, without a look inside',
    async (_what, headers, body, query, status, code) => {
      const { url } = await serving();
      const answer = await fetch(`${url}/extract${query}`, { method: 'POST', headers, body });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      const problem = await bodyOf(answer);
      expect(problem).toMatchObject({ status, code });
      expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.[jt]s:\d/);
    },
  );

  it('refuses a page that is too large, told or not told', async () => {
    const { url } = await serving({ maxBodyBytes: 1_000 });
    const large = 'x'.repeat(1_001);
    const told = await fetch(`${url}/extract`, { method: 'POST', headers: html, body: large });
    expect(told.status).toBe(413);
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${url}/extract`, { method: 'POST', headers: html });
      request.on('response', (response) => resolve(response.statusCode));
      request.on('error', reject);
      for (let chunk = 0; chunk < 20; chunk++) request.write('x'.repeat(100));
      request.end();
    });
    expect(chunked).toBe(413);
    const just = await fetch(`${url}/extract`, {
      method: 'POST',
      headers: html,
      body: '<title>T</title>'.padEnd(1_000),
    });
    expect(just.status).toBe(200);
  });

  it('gives up when no extractor becomes free in time', async () => {
    const configuration = configure({ argument: { native: { minPoolSize: 1, maxPoolSize: 1 } } });
    const { url, extraction } = await serving({ requestTimeoutMs: 150 }, { configuration });
    const held = await extraction.checkout();
    const late = await fetch(`${url}/extract`, { method: 'POST', headers: html, body: page('T') });
    expect(late.status).toBe(504);
    expect(extraction.poolStatus().waiting).toBe(0);
    held.release();
  });

  it('frees the place of a client that has gone', async () => {
    const configuration = configure({ argument: { native: { minPoolSize: 1, maxPoolSize: 1 } } });
    const { url, extraction } = await serving({}, { configuration });
    const held = await extraction.checkout();
    const abort = new AbortController();
    const gone = fetch(`${url}/extract`, {
      method: 'POST',
      headers: html,
      body: page('T'),
      signal: abort.signal,
    });
    await eventually(() => extraction.poolStatus().waiting).toBe(1);
    abort.abort();
    await expect(gone).rejects.toThrow();
    await eventually(() => extraction.poolStatus().waiting).toBe(0);
    held.release();
  });
});

describe('health', () => {
  it('is told in every form', async () => {
    const { url, extraction } = await serving();
    await extraction.extract(page('Tides'));
    const [live, ready, healthz, pool, admin] = await Promise.all(
      ['/livez', '/readyz', '/healthz', '/health/pool', '/admin/pool/health'].map((path) =>
        fetch(url + path),
      ),
    );
    expect([live?.status, ready?.status, healthz?.status]).toEqual([200, 200, 200]);
    expect(healthz?.headers.get('content-type')).toBe('application/health+json');
    expect(await bodyOf(healthz as Response)).toMatchObject({
      status: 'pass',
      checks: { 'extraction:utilization': [{ observedValue: 0, observedUnit: 'share' }] },
    });
    expect(Object.keys(await bodyOf(pool as Response)).sort()).toEqual(
      [
        'status',
        'score',
        'available_instances',
        'active_instances',
        'max_instances',
        'utilization_percent',
        'success_rate_percent',
        'fallback_rate_percent',
        'avg_semaphore_wait_ms',
        'circuit_breaker_status',
        'memory_stats',
        'memory_pressure',
        'total_extractions',
        'trend',
        'last_check',
      ].sort(),
    );
    expect(await bodyOf(admin as Response)).toMatchObject({
      status: 'healthy',
      total_extractions: 1,
    });
  });

  it('fails with 503 when the pool is not well, while the process lives on', async () => {
    const configuration = configure({ argument: { native: { minPoolSize: 1, maxPoolSize: 1 } } });
    const { url, extraction } = await serving({}, { configuration });
    const held = await extraction.checkout();
    const answers = await Promise.all(
      ['/healthz', '/health/pool', '/livez', '/admin/pool/health'].map((path) => fetch(url + path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200, 200]);
    expect(await bodyOf(answers[1] as Response)).toMatchObject({
      status: 'critical',
      utilization_percent: 100,
    });
    held.release();
    await extraction.close();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('is scraped by Prometheus', async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await answer.text();
    expect(text).toContain('rockpool_resources{pool="guests",state="idle"} 0');
    expect(text).toContain('riptide_wasm_memory_pages{pool="extraction"} 0');
  });
});

describe('GET /events', () => {
  const events = (parts: readonly StreamPart[]) =>
    parts.filter(({ event }) => event === 'pool-event');

  it('tells events as they happen, between snapshots of all pools', async () => {
    const { url, extraction } = await serving();
    const parts = await readStream(`${url}/events`, (seen) => {
      // Something happens once the stream has begun.
      if (seen.length > 0 && extraction.breaker.trips === 0) extraction.breaker.trip();
      return events(seen).some(
        ({ data }) => (data as { eventType: string }).eventType === 'system.breaker',
      );
    });
    expect(parts[0]).toMatchObject({
      event: 'snapshot',
      data: { extraction: { name: 'extraction', breaker: { kind: 'closed' } } },
    });
    const ids = events(parts).map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  it('resumes after the last event that a client has seen', async () => {
    const { url, bus } = await serving();
    const say = (message: string): void => bus.publish('system.test', () => ({ message }));
    const messages = (parts: readonly StreamPart[]): unknown[] =>
      events(parts)
        .map(({ data }) => data as { eventType: string; message: string })
        .filter(({ eventType }) => eventType === 'system.test')
        .map(({ message }) => message);
    say('one');
    const first = await readStream(`${url}/events`, (parts) => messages(parts).length === 1);
    const lastId = events(first).at(-1)?.id ?? '';
    say('two');
    say('three');
    const second = await readStream(`${url}/events`, (parts) => messages(parts).length === 2, {
      'last-event-id': lastId,
    });
    expect(messages(second)).toEqual(['two', 'three']);
    expect(second.some(({ event }) => event === 'lagged')).toBe(false);
  });

  it('tells a client how much it has missed for good', async () => {
    const { url, bus } = await serving();
    for (let n = 0; n < 1_200; n++) bus.publish('system.test', () => ({ message: String(n) }));
    const parts = await readStream(`${url}/events`, (each) => each.length > 10, {
      'last-event-id': '1',
    });
    const lagged = parts.find(({ event }) => event === 'lagged')?.data as { skipped: number };
    const firstId = Number(events(parts)[0]?.id);
    expect(lagged.skipped).toBe(firstId - 2);
  });

  it('has room for so many clients and no more, and forgets those that left', async () => {
    const { url } = await serving({ maxStreams: 2 });
    const abort = new AbortController();
    const [one, two] = await Promise.all(
      [1, 2].map(() => fetch(`${url}/events`, { signal: abort.signal })),
    );
    expect([one?.status, two?.status]).toEqual([200, 200]);
    expect((await fetch(`${url}/events`)).status).toBe(503);
    abort.abort();
    await expect
      .poll(async () => {
        const again = new AbortController();
        const { status } = await fetch(`${url}/events`, { signal: again.signal });
        again.abort();
        return status;
      })
      .toBe(200);
  });
});

describe('the server', () => {
  it('answers for its own host alone', async () => {
    const { url } = await serving({ allowedHosts: ['pools.example'] });
    const { port } = new URL(url);
    const statusFor = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = httpRequest({ port, host: '127.0.0.1', path: '/livez', headers: { host } });
        request.on('response', (response) => resolve(response.resume().statusCode));
        request.on('error', reject);
        request.end();
      });
    expect(await statusFor(`localhost:${port}`)).toBe(200);
    expect(await statusFor('pools.example')).toBe(200);
    expect(await statusFor('evil.example')).toBe(403);
    expect(await statusFor('127.0.0.1.evil.example')).toBe(403);
  });

  it('sends the headers that keep a page in its place', async () => {
    const { url } = await serving();
    for (const path of ['/', '/livez', '/nowhere']) {
      const { headers } = await fetch(url + path);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'/,
      );
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('gives no file that is not on its list', async () => {
    const { url } = await serving();
    for (const path of [
      '/dashboard/../package.json',
      '/dashboard/%2e%2e/package.json',
      '/dashboard/',
      '/.env',
    ]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
  });

  it('refuses headers that are too large, and requests that never end', async () => {
    const { url } = await serving({ maxHeaderBytes: 2_048, requestTimeoutMs: 300 });
    const large = await fetch(`${url}/livez`, { headers: { 'x-large': 'x'.repeat(4_000) } });
    expect(large.status).toBe(431);
    const { port } = new URL(url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'POST /extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nslow',
        );
      });
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toContain('408 Request Timeout');
  });

  it('makes no fuss about a client that leaves in the middle of its upload', async () => {
    const { url } = await serving({});
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    for (let client = 0; client < 3; client++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(
        'POST /extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n<p>',
      );
      // The server has begun to read when it has answered somebody who came later.
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      socket.destroy();
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const whole = await fetch(`${url}/extract`, { method: 'POST', headers: html, body: page('T') });
    expect(whole.status).toBe(200);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('finishes what it is answering when it is closed, ends streams, and is closed once', async () => {
    const configuration = configure({ argument: { native: { minPoolSize: 1, maxPoolSize: 1 } } });
    const { url, extraction, server } = await serving({}, { configuration });
    const held = await extraction.checkout();
    const stream = await fetch(`${url}/events`);
    const answer = fetch(`${url}/extract`, { method: 'POST', headers: html, body: page('Tides') });
    await eventually(() => extraction.poolStatus().waiting).toBe(1);
    const closing = server.close();
    held.release();
    expect((await answer).status).toBe(200);
    await Promise.all([closing, server.close()]);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
    expect(await stream.text()).toContain('event: snapshot');
  });

  it('does not wait for ever for a request that does not end', async () => {
    const configuration = configure({ argument: { native: { minPoolSize: 1, maxPoolSize: 1 } } });
    const { url, extraction, server } = await serving({ shutdownTimeoutMs: 50 }, { configuration });
    const held = await extraction.checkout();
    const answer = fetch(`${url}/extract`, { method: 'POST', headers: html, body: page('T') });
    answer.catch(() => undefined);
    await eventually(() => extraction.poolStatus().waiting).toBe(1);
    await server.close();
    await expect(answer).rejects.toThrow();
    held.release();
  });

  it('says why it cannot listen', async () => {
    const { server } = await serving();
    const { port } = new URL(server.url);
    await expect(serving({ port: Number(port) })).rejects.toThrow('EADDRINUSE');
    await expect(serving({ port: 70_000 })).rejects.toThrow(/port/);
  });
});
