import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '@rockpool/core/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  COMPAT_FAMILIES,
  type MetricsOptions,
  type MetricsSink,
  metricsExtension,
  PipelineStateError,
  type PipelineStats,
  RuntimeError,
  registerMetrics,
} from '../../src/index.js';
import { parseExposition } from '../support/exposition.js';
import { pipelineStats, runtimeStats } from '../support/stats.js';
import { StillRuntime } from '../support/still-runtime.js';

const FIGURES = pipelineStats({
  id: 'token "mints"\\',
  kind: 'account',
  received: 100,
  processed: 60,
  filtered: 20,
  parseErrors: 5,
  dropped: 4,
  deadLettered: 3,
  discarded: 2,
  abandoned: 1,
  inFlight: 5,
  handlerErrors: 9,
  retries: 6,
  queueDepth: 4,
  latency: {
    count: 3,
    sumMs: 153,
    p50Ms: 2,
    p95Ms: 150,
    p99Ms: 150,
    maxMs: 150,
    countUpTo: (ms) => [1, 2, 150].filter((each) => each <= ms).length,
  },
});

function started(options: MetricsOptions = {}, pipelines: readonly PipelineStats[] = [FIGURES]) {
  const runtime = new StillRuntime(() => runtimeStats(pipelines));
  const metrics = metricsExtension(options);
  void metrics.start(runtime.asRuntime());
  return { runtime, metrics };
}

describe('the metrics of a runtime', () => {
  it('have exactly the names of the seed, under a prefix', async () => {
    const { types, samples } = parseExposition(await started().metrics.export());
    const seed = {
      rockpool_vixen_messages_received_total: 'counter',
      rockpool_vixen_messages_processed_total: 'counter',
      rockpool_vixen_parse_errors_total: 'counter',
      rockpool_vixen_handler_errors_total: 'counter',
      rockpool_vixen_processing_latency: 'histogram',
      rockpool_vixen_queue_depth: 'gauge',
    };
    expect(Object.fromEntries([...types].slice(0, 6))).toEqual(seed);
    const received = samples.filter(({ name }) => name.endsWith('messages_received_total'));
    expect(received).toEqual([
      {
        name: 'rockpool_vixen_messages_received_total',
        labels: { pipeline: 'token "mints"\\', kind: 'account' },
        value: 100,
      },
    ]);
    const other = parseExposition(await started({ prefix: 'mine_' }).metrics.export());
    expect([...other.types.keys()].every((name) => name.startsWith('mine_'))).toBe(true);
  });

  it('put each latency into its bucket, cumulatively', async () => {
    const { samples } = parseExposition(await started().metrics.export());
    const latency = samples.filter(({ name }) => name.includes('processing_latency'));
    const buckets = Object.fromEntries(latency.map(({ labels, value }) => [labels['le'], value]));
    expect(buckets).toMatchObject({ '0.0005': 0, '0.001': 1, '0.0025': 2, '0.25': 3, '+Inf': 3 });
    const values = latency.filter(({ labels }) => labels['le']).map(({ value }) => value);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(latency.find(({ name }) => name.endsWith('_sum'))?.value).toBeCloseTo(0.153);
    expect(latency.find(({ name }) => name.endsWith('_count'))?.value).toBe(3);
  });

  it('account for every message: received is the sum of what became of it', async () => {
    const { samples } = parseExposition(await started().metrics.export());
    const of = (name: string) =>
      samples.find((each) => each.name === `rockpool_vixen_${name}`)?.value ?? Number.NaN;
    const became = [
      'messages_processed_total',
      'filtered_total',
      'parse_errors_total',
      'dropped_total',
      'dead_letter_total',
      'discarded_total',
      'abandoned_total',
      'in_flight',
    ];
    expect(became.reduce((sum, name) => sum + of(name), 0)).toBe(of('messages_received_total'));
  });

  it('count connections made again, and show pools', async () => {
    const { runtime, metrics } = started({
      pools: () => [{ name: 'parsers', size: 2, available: 1, pending: 7 }],
    });
    runtime.emit('reconnected', { endpoint: 'here', attempts: 1, from: undefined });
    const { samples } = parseExposition(await metrics.export());
    const shown = samples.filter(({ name }) => /_pool_|reconnects/.test(name));
    expect(shown.map(({ name, labels, value }) => [name, labels['pool'], value])).toEqual([
      ['rockpool_vixen_reconnects_total', undefined, 1],
      ['rockpool_vixen_pool_size', 'parsers', 2],
      ['rockpool_vixen_pool_available', 'parsers', 1],
      ['rockpool_vixen_pool_pending', 'parsers', 7],
    ]);
    await metrics.stop();
    expect(runtime.listenerCount).toBe(0);
  });

  it('have the 23 counters of Vixen beside, when asked to', async () => {
    expect(COMPAT_FAMILIES).toHaveLength(23);
    const { metrics } = started({ compat: true }, [
      FIGURES,
      pipelineStats({ id: 'b', kind: 'account', received: 11, parseErrors: 2 }),
      pipelineStats({ id: 'c', kind: 'blockMeta', processed: 3 }),
    ]);
    const { samples } = parseExposition(await metrics.export());
    const vixen = samples.filter(({ name }) => name.startsWith('vixen_'));
    expect(vixen).toHaveLength(23);
    const values = Object.fromEntries(vixen.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      vixen_accounts_received: 111,
      vixen_accounts_successful: 83,
      vixen_accounts_parsing_errors: 7,
      vixen_accounts_handler_errors: 9,
      vixen_block_metas_successful: 3,
      vixen_block_received: 0,
      vixen_slots_received: 0,
      vixen_transactions_received: 0,
      vixen_instructions_successful: 0,
    });
    expect(values).not.toHaveProperty('vixen_instructions_received');
    expect(JSON.parse(await metrics.export({ format: 'json' }))).toMatchObject({
      vixen_accounts_received: { kind: 'counter', samples: [{ labels: {}, value: 111 }] },
    });
  });

  it('are not there before the runtime has begun', async () => {
    await expect(metricsExtension().export()).rejects.toThrow(PipelineStateError);
  });

  it('come out of a registry of prom-client just the same', async () => {
    const registry = new Registry();
    const { metrics } = started({ compat: true });
    registerMetrics(registry, metrics);
    const sorted = (text: string) =>
      parseExposition(text)
        .samples.map((each) => JSON.stringify(each))
        .sort();
    expect(sorted(await registry.metrics())).toEqual(sorted(await metrics.export()));
  });
});

describe('a sink', () => {
  it('is told what was added at each interval, and once more at the end', async () => {
    const clock = new ManualClock();
    const told: [string, string, number][] = [];
    const ended: string[] = [];
    const sink: MetricsSink = {
      counter: (name, by) => told.push(['counter', name, by]),
      gauge: (name, value) => told.push(['gauge', name, value]),
      histogram: (name, value) => told.push(['histogram', name, value]),
      flush: () => void ended.push('flush'),
      close: () => void ended.push('close'),
    };
    let received = 10;
    const runtime = new StillRuntime(() => runtimeStats([pipelineStats({ id: 'p', received })]));
    const metrics = metricsExtension({ sinks: [sink], clock });
    void metrics.start(runtime.asRuntime());
    const receivedTold = () =>
      told.splice(0).filter(([, name]) => name.endsWith('messages_received_total'));
    await clock.advance(10_000);
    expect(receivedTold()).toEqual([['counter', 'rockpool_vixen_messages_received_total', 10]]);
    received = 25;
    await clock.advance(10_000);
    expect(receivedTold()).toEqual([['counter', 'rockpool_vixen_messages_received_total', 15]]);
    await clock.advance(10_000);
    expect(receivedTold()).toEqual([]);
    received = 26;
    await metrics.stop();
    expect(receivedTold()).toEqual([['counter', 'rockpool_vixen_messages_received_total', 1]]);
    expect(ended.slice(-2)).toEqual(['flush', 'close']);
    expect(clock.pending).toBe(0);
  });
});

describe('pushing', () => {
  interface Received {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }
  let server: Server;
  let base: string;
  let status: number;
  const received: Received[] = [];

  beforeEach(async () => {
    status = 202;
    received.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      request.on('end', () => {
        const { method, url, headers } = request;
        received.push({ method, url, headers, body });
        response.writeHead(status).end(status === 202 ? '' : 'not now');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends the exposition to a gateway by PUT, to the path of the job', async () => {
    const { metrics } = started();
    const text = await metrics.export({ pushTo: base });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'PUT', url: '/metrics/job/rockpool', body: text });
    expect(received[0]?.headers['content-type']).toBe('text/plain; version=0.0.4');
    expect(parseExposition(received[0]!.body).samples.length).toBeGreaterThan(20);
  });

  it('uses the user, password and job of the URL, and POST when asked to', async () => {
    const { metrics } = started({ push: { method: 'POST' } });
    const url = `${base.replace('//', '//me:s%40cret@')}/metrics/job/other/instance/1`;
    await metrics.export({ pushTo: url });
    expect(received[0]).toMatchObject({ method: 'POST', url: '/metrics/job/other/instance/1' });
    const credentials = Buffer.from('me:s@cret').toString('base64');
    expect(received[0]?.headers.authorization).toBe(`Basic ${credentials}`);
  });

  it('pushes at every interval, goes on after a failure and tells of it, and pushes at the end', async () => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const { metrics } = started({
      clock,
      pushTo: base,
      intervalMs: 5_000,
      onError: (error) => errors.push(error),
    });
    // An interval that ends while the push before is under way is left out: the next one counts.
    const push = async () => {
      for (const before = received.length; received.length === before; ) {
        await clock.advance(5_000);
        await new Promise(setImmediate);
      }
    };
    await push();
    status = 503;
    await push();
    await metrics.stop();
    expect(received.length).toBeGreaterThanOrEqual(3);
    expect(errors.length).toBeGreaterThanOrEqual(1);
    expect(RuntimeError.is(errors[0], 'ERR_PIPELINE_CONNECTION')).toBe(true);
    expect(String((errors[0] as Error).cause)).toContain('status 503 not now');
  });

  it('gives up on a gateway that does not answer', async () => {
    const clock = new ManualClock();
    server.removeAllListeners('request');
    const asked = once(server, 'request');
    const { metrics } = started({ clock });
    const exported = metrics.export({ pushTo: base });
    const failed = expect(exported).rejects.toMatchObject({
      code: 'ERR_PIPELINE_CONNECTION',
      retryable: true,
      cause: { message: 'no answer within 10000 ms' },
    });
    await asked;
    await clock.advance(10_000);
    await failed;
  });
});
