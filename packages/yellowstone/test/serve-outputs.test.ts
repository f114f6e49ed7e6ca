import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { connect } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ManualClock } from '@rockpool/core/testing';
import { RuntimeError } from '@rockpool/pipeline';
import { afterEach, describe, expect, it } from 'vitest';
import {
  OUTPUTS_PROTO,
  type OutputServer,
  type ServeOutputsOptions,
  serveOutputs,
} from '../src/index.js';
import { asJson } from '../src/serving/as-json.js';
import { until } from './support/chains.js';
import { handRuntime } from './support/hand-runtime.js';

/** The client that the text of the schema makes, as any user would. */
const proto = fileURLToPath(OUTPUTS_PROTO);
const { rockpool } = loadPackageDefinition(loadSync(proto, { longs: Number })) as never as {
  rockpool: { outputs: { v1: { Outputs: new (address: string, by: unknown) => OutputsClient } } };
};

interface OutputsClient {
  subscribe(request: { pipeline: string }, metadata?: Metadata): ClientReadableStream<Value>;
  list(
    request: object,
    answered: (
      error: ServiceError | null,
      list: { readonly pipelines: readonly { readonly id: string; readonly kind: string }[] },
    ) => void,
  ): void;
  close(): void;
}

interface Value {
  readonly sequence: number;
  readonly payload: Buffer;
}

/** A subscription, and what has come of it. */
class Reading {
  readonly values: Value[] = [];
  readonly call: ClientReadableStream<Value>;
  /** How it ended. */
  readonly ended: Promise<Pick<ServiceError, 'code' | 'details' | 'metadata'>>;

  constructor(client: OutputsClient, pipeline = 'lines', metadata = new Metadata()) {
    this.call = client.subscribe({ pipeline }, metadata);
    this.call.on('data', (value: Value) => this.values.push(value));
    this.ended = new Promise((resolve) => {
      this.call.on('error', (error: ServiceError) => resolve(error));
      this.call.on('status', (ended) => {
        if (ended.code === status.OK) resolve(ended);
      });
    });
  }

  get read(): unknown[] {
    return this.values.map(({ payload }) => JSON.parse(payload.toString()) as unknown);
  }
}

describe('outputs that are served', () => {
  const toClose: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close();
  });

  async function served(options: ServeOutputsOptions = {}) {
    const hand = await handRuntime();
    toClose.push(() => hand.runtime.shutdown());
    const server = await serveOutputs(hand.runtime, options);
    toClose.push(() => server.close());
    return { ...hand, server, client: clientOf(server) };
  }

  function clientOf(server: OutputServer): OutputsClient {
    const client = new rockpool.outputs.v1.Outputs(server.address, credentials.createInsecure());
    toClose.push(() => client.close());
    return client;
  }

  async function subscribed(client: OutputsClient, server: OutputServer, pipeline = 'lines') {
    const before = server.clients;
    const reading = new Reading(client, pipeline);
    await until(() => server.clients > before);
    return reading;
  }

  it('reach a client of gRPC in order, counted, from its subscription to the end of the runtime', async () => {
    const { client, server, give, end, ran } = await served();
    await give('before');
    const reading = await subscribed(client, server);
    await give('a', { b: 2n, c: Buffer.from([1, 2]), d: new Uint8Array([3]) }, null);
    await until(() => reading.values.length === 3);
    end();
    await ran;
    expect(await reading.ended).toMatchObject({ code: status.OK });
    expect(reading.read).toEqual(['a', { b: '2', c: 'AQI=', d: 'Aw==' }, null]);
    expect(reading.values.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    await until(() => server.clients === 0);
  });

  it('are those of the pipeline that was asked for, encoded as the server likes', async () => {
    const { client, server, give } = await served({
      encode: (value, pipeline) => `${pipeline}: ${String(value)}`,
    });
    const lines = await subscribed(client, server, 'lines');
    const other = await subscribed(client, server, 'other');
    await give('x');
    await until(() => lines.values.length === 1 && other.values.length === 1);
    expect(lines.values[0]!.payload.toString()).toBe('lines: x');
    expect(other.values[0]!.payload.toString()).toBe('other: x');
  });

  it('are not kept for a client that lags behind: it is dropped and told how many it lost', async () => {
    const { client, server, runtime, give } = await served({ maxWaiting: 200 });
    const slowClient = clientOf(server);
    const quick = await subscribed(client, server);
    const slow = await subscribed(slowClient, server);
    slow.call.pause();
    const waves = 12;
    for (let wave = 1; wave <= waves; wave++) {
      await give(...Array.from({ length: 100 }, (_, n) => `${wave}/${n}/${'x'.repeat(8_000)}`));
      // The pipeline and the other client go on, whatever the slow one does.
      await until(() => quick.values.length === wave * 100);
    }
    expect(runtime.stats().pipelines['lines']!.processed).toBe(waves * 100);
    expect(server.dropped).toBe(1);
    slow.call.resume();
    const { code, details, metadata } = await slow.ended;
    expect(code).toBe(status.OUT_OF_RANGE);
    expect(details).toMatch(/the client was behind: 201 values were not sent/);
    expect(metadata.get('rockpool-lost')).toEqual(['201']);
    // What it got before has no gap.
    expect(slow.values.map(({ sequence }) => sequence)).toEqual(slow.values.map((_, at) => at + 1));
    expect(slow.values.length + 201).toBeLessThanOrEqual(waves * 100);
    expect(quick.values.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: waves * 100 }, (_, at) => at + 1),
    );
    const again = await subscribed(slowClient, server);
    await give('fresh');
    await until(() => again.values.length === 1);
    expect(again.read).toEqual(['fresh']);
  });

  it('are limited by bytes as well', async () => {
    const { client, server, give } = await served({ maxWaitingBytes: 100_000 });
    const slow = await subscribed(client, server);
    slow.call.pause();
    await give(...Array.from({ length: 60 }, () => 'x'.repeat(10_000)));
    await until(() => server.dropped === 1);
    slow.call.resume();
    expect((await slow.ended).code).toBe(status.OUT_OF_RANGE);
  });

  it('leave a client that never reads again after a while', async () => {
    const clock = new ManualClock();
    const { client, server, give } = await served({ maxWaiting: 10, graceMs: 300, clock });
    const dead = await subscribed(client, server);
    dead.call.pause();
    await give(...Array.from({ length: 200 }, () => 'x'.repeat(8_000)));
    await until(() => server.dropped === 1);
    await clock.advance(299);
    expect(server.clients).toBe(1);
    await clock.advance(1);
    await until(() => server.clients === 0);
    dead.call.cancel();
  });

  it('are for as many clients as the limit says, and a place is free when one leaves', async () => {
    const { client, server, give } = await served({ maxClients: 2 });
    const first = await subscribed(client, server);
    await subscribed(client, server);
    const refused = await new Reading(client).ended;
    expect(refused).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining('there are 2 clients'),
    });
    first.call.cancel();
    await until(() => server.clients === 1);
    const third = await subscribed(client, server);
    await give('x');
    await until(() => third.values.length === 1);
  });

  it('are told by List, and refused where there are none or the token is wrong', async () => {
    const { client, server } = await served({ pipelines: ['lines'], xToken: 'secret' });
    const token = new Metadata();
    token.set('x-token', 'secret');
    expect(await new Reading(client).ended).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await new Reading(client, 'other', token).ended).toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining('there is no pipeline other; there are lines'),
    });
    const open = await served();
    const list = await new Promise((resolve, reject) => {
      open.client.list({}, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
    expect(list).toEqual({
      pipelines: [
        { id: 'lines', kind: 'line' },
        { id: 'other', kind: 'line' },
      ],
    });
    expect(server.clients).toBe(0);
  });

  it('end with UNAVAILABLE when the server closes, after what was waiting', async () => {
    const { client, server, runtime, give } = await served();
    const reading = await subscribed(client, server);
    await give('a', 'b');
    await until(() => runtime.stats().pipelines['lines']!.processed === 2);
    await server.close();
    expect(await reading.ended).toMatchObject({ code: status.UNAVAILABLE });
    expect(reading.read).toEqual(['a', 'b']);
    expect(runtime.state).toBe('running');
    await give('c');
  });

  it('end with INTERNAL for a value that cannot be encoded, and the pipeline goes on', async () => {
    const { client, server, runtime, give } = await served({
      encode: (value) => {
        if (value === 'bad') throw new Error('no words for it');
        return asJson(value);
      },
    });
    const reading = await subscribed(client, server);
    await give('good', 'bad', 'good');
    expect(await reading.ended).toMatchObject({
      code: status.INTERNAL,
      details: expect.stringContaining('a value could not be encoded: no words for it'),
    });
    await until(() => runtime.stats().pipelines['lines']!.processed === 3);
  });

  it('are for those who ask: a call without a request ends after a while', async () => {
    const clock = new ManualClock();
    const { server } = await served({ graceMs: 400, clock });
    const session = http2.connect(`http://${server.address}`);
    toClose.push(() => session.destroy());
    const path = '/rockpool.outputs.v1.Outputs/Subscribe';
    const call = session.request({ ':method': 'POST', ':path': path }, { endStream: false });
    const answered = new Promise((resolve) => {
      call.on('response', (headers) => resolve(Number(headers['grpc-status'])));
    });
    call.write(Buffer.from([0, 0]));
    await until(() => clock.pending === 1);
    await clock.advance(400);
    expect(await answered).toBe(status.DEADLINE_EXCEEDED);
    expect(server.clients).toBe(0);
  });

  it('do not suffer from what clients send', async () => {
    const { client, server, give } = await served();
    // Not HTTP/2 at all.
    const raw = connect(server.port, '127.0.0.1');
    raw.on('error', () => {}).resume();
    raw.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => raw.once('close', resolve));
    const session = http2.connect(`http://${server.address}`);
    toClose.push(() => session.destroy());
    const answers = await Promise.all(
      [
        ['/rockpool.outputs.v1.Outputs/Subscribe', Buffer.from([7, 255, 255, 255, 255])],
        ['/rockpool.outputs.v1.Outputs/Subscribe', Buffer.from([0, 0, 0, 0, 2, 0x0a, 9])],
        ['/rockpool.outputs.v1.Outputs/Subscribe', Buffer.from([0, 0, 1, 0, 1])],
        ['/rockpool.outputs.v1.Outputs/Other', Buffer.alloc(0)],
      ].map(
        ([method, body]) =>
          new Promise((resolve, reject) => {
            const stream = session.request({ ':method': 'POST', ':path': String(method) });
            stream.on('response', (headers) => resolve(Number(headers['grpc-status'])));
            stream.on('error', reject);
            stream.end(body);
          }),
      ),
    );
    expect(answers).toEqual([
      status.INVALID_ARGUMENT,
      status.INVALID_ARGUMENT,
      status.INVALID_ARGUMENT,
      status.UNIMPLEMENTED,
    ]);
    const reading = await subscribed(client, server);
    await give('still here');
    await until(() => reading.values.length === 1);
  });

  it('need a place to listen, and options that are there', async () => {
    const { server, runtime } = await served();
    const error = await serveOutputs(runtime, { port: server.port }).catch((e: unknown) => e);
    expect(RuntimeError.is(error, 'ERR_PIPELINE_SYSTEM')).toBe(true);
    expect(error).toMatchObject({ cause: { code: 'EADDRINUSE' } });
    await expect(serveOutputs(runtime, { maxClient: 1 } as never)).rejects.toThrow(/maxClients/);
  });
});

it('the schema of the outputs is shipped', () => {
  const manifest = JSON.parse(
    readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8'),
  ) as { files: string[] };
  expect(manifest.files).toContain('proto');
});
