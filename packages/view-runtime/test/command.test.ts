import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createViewsCommand,
  LmdbStore,
  type ViewsCommandOptions,
  type ViewsSurroundings,
  viewsCommandWith,
} from '../src/index.js';
import { bitcoinChain } from './support/bitcoin-chain.js';
import { BitcoinNode } from './support/bitcoin-node.js';
import { temporaryFolder } from './support/folders.js';
import { guestPath } from './support/guests.js';
import { RecordingLogger } from './support/recording-logger.js';
import { workerUrl } from './support/worker-bundle.js';

let indexer: string;
beforeAll(async () => {
  indexer = await guestPath('indexer');
}, 120_000);

async function parse(...words: string[]): Promise<ViewsCommandOptions> {
  let parsed: ViewsCommandOptions | undefined;
  const command = viewsCommandWith(async (options) => {
    parsed = options;
  });
  const required = ['--indexer', 'i.wasm', '--db-path', 'data'];
  await command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync([...required, ...words], { from: 'user' });
  return parsed as ViewsCommandOptions;
}

describe('the flags', () => {
  it('have the defaults of upstream', async () => {
    vi.stubEnv('HOST', undefined);
    vi.stubEnv('PORT', undefined);
    expect(await parse()).toEqual({
      indexer: 'i.wasm',
      dbPath: 'data',
      host: '127.0.0.1',
      port: 8_080,
      cors: 'http://localhost:8080',
      maxReorgDepth: 100,
      reorgCheckThreshold: 6,
      viewDeadlineMs: 30_000,
      snapshotInterval: 1_000,
    });
    vi.unstubAllEnvs();
  });

  it('take host and port from the environment, unless they are given', async () => {
    vi.stubEnv('HOST', '0.0.0.0');
    vi.stubEnv('PORT', '9999');
    expect(await parse()).toMatchObject({ host: '0.0.0.0', port: 9_999 });
    expect(await parse('--port', '1')).toMatchObject({ port: 1 });
    vi.unstubAllEnvs();
  });

  it.each([
    ['--view-pool-size', '0'],
    ['--view-pool-max-concurrent', '0'],
    ['--port', '70000'],
    ['--start-block', '-1'],
    ['--exit-at', 'soon'],
    ['--no-such-flag', '1'],
  ])('refuse %s %s', async (flag, value) => {
    await expect(parse(flag, value)).rejects.toThrow(new RegExp(flag));
  });
});

/** Starts the command with these words and stops it when `use` has settled. */
async function running(
  words: readonly string[],
  use: (url: string, logger: RecordingLogger) => Promise<void>,
) {
  const logger = new RecordingLogger();
  const stop = new AbortController();
  let listening: (url: string) => void = () => {};
  const url = new Promise<string>((resolve) => {
    listening = resolve;
  });
  const serve: ViewsSurroundings['serve'] = async (fetch, { host, port }) => {
    const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
      const request = new Request(`http://${host}${incoming.url}`, {
        method: incoming.method as string,
        body: incoming.method === 'POST' ? (Readable.toWeb(incoming) as ReadableStream) : null,
        duplex: 'half',
      } as RequestInit);
      const response = await fetch(request);
      outgoing.writeHead(response.status, [...response.headers].flat());
      outgoing.end(await response.text());
    };
    const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    const bound = `http://${host}:${(server.address() as AddressInfo).port}`;
    listening(bound);
    return {
      url: bound,
      close: () =>
        new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
    };
  };
  const surroundings = { serve, logger, signal: stop.signal, workerUrl: await workerUrl() };
  const command = createViewsCommand(surroundings).exitOverride();
  const ended = command.parseAsync([...words], { from: 'user' });
  const using = url.then((at) => use(at, logger)).finally(() => stop.abort());
  await Promise.race([using, ended.then(() => using)]);
  await ended;
}

async function rpc(url: string, method: string, ...params: unknown[]) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', body });
  const { result, error } = await response.json();
  if (error !== undefined) throw new Error(error.message);
  return result;
}

describe('the command', { timeout: 60_000 }, () => {
  it.each([
    ['basic', []],
    [
      'advanced',
      ['--view-pool-size', '2', '--view-pool-max-concurrent', '4', '--view-pool-logging'],
    ],
    [
      'production',
      ['--view-pool-size', '3', '--view-pool-max-concurrent', '6', '--host', '127.0.0.1'],
    ],
  ])('runs as the seed writes it (%s)', async (_kind, flags) => {
    const node = await new BitcoinNode(bitcoinChain(4, 'main')).start();
    const words = [
      '--enable-view-pool',
      ...flags,
      '--daemon-rpc-url',
      node.url,
      '--indexer',
      indexer,
      '--db-path',
      temporaryFolder(),
      '--port',
      '0',
    ];
    await running(words, async (url, logger) => {
      await vi.waitFor(async () => expect(await rpc(url, 'metashrew_height')).toBe('3'), 20_000);
      expect(await rpc(url, 'metashrew_view', 'transactioncount', '0x', 'latest')).toBe(
        '0x0c000000',
      );
      expect(await rpc(url, 'metashrew_view', 'count', '0x', 'latest')).toMatch(/^0x0[12]000000$/);
      node.blocks = [...node.blocks.slice(0, 2), ...bitcoinChain(3, 'other', node.blocks[1])];
      await vi.waitFor(async () => expect(await rpc(url, 'metashrew_height')).toBe('4'), 20_000);
      expect(await rpc(url, 'metashrew_view', 'transactioncount', '0x', 'latest')).toBe(
        '0x0f000000',
      );
      expect(logger.lines).toContainEqual(expect.stringMatching(/^info view pool: \d runtimes/));
    });
  });

  it('answers alike without a pool, each view from a fresh instance', async () => {
    const folder = temporaryFolder();
    for (const [height, block] of bitcoinChain(2, 'files').entries())
      writeFileSync(path.join(folder, `${height}.bin`), block);
    const dbPath = temporaryFolder();
    const words = [
      '--blocks',
      folder,
      '--indexer',
      indexer,
      '--db-path',
      dbPath,
      '--port',
      '0',
      '--label',
      'mine',
    ];
    await running(words, async (url) => {
      await vi.waitFor(async () => expect(await rpc(url, 'metashrew_height')).toBe('1'), 20_000);
      for (let i = 0; i < 2; i++)
        expect(await rpc(url, 'metashrew_view', 'count', '0x', 'latest')).toBe('0x01000000');
    });
    const store = new LmdbStore(dbPath, { label: 'mine', access: 'read' });
    expect(store.mark().tip).toBe(1);
    await store.close();
  });

  it('ends by itself at --exit-at', async () => {
    const node = await new BitcoinNode(bitcoinChain(5, 'main')).start();
    const words = [
      '--exit-at',
      '2',
      '--repo',
      'x',
      '--daemon-rpc-url',
      node.url,
      '--indexer',
      indexer,
      '--db-path',
      temporaryFolder(),
      '--port',
      '0',
    ];
    const logger = new RecordingLogger();
    const serve = async () => ({ url: 'nowhere', close: async () => {} });
    const command = createViewsCommand({ serve, logger, workerUrl: await workerUrl() });
    await command.parseAsync(words, { from: 'user' });
    expect(logger.lines).toContain('warn --repo is accepted and without effect');
    expect(logger.lines.at(-1)).toMatch(
      /^info indexed block 2 with \d k\/v pairs atomically, state root: [0-9a-f]{64}$/,
    );
  });

  it('says at once what is missing', async () => {
    const serve = async () => ({ url: 'nowhere', close: async () => {} });
    const command = createViewsCommand({ serve, logger: new RecordingLogger() });
    const start = command.parseAsync(['--indexer', indexer, '--db-path', temporaryFolder()], {
      from: 'user',
    });
    await expect(start).rejects.toThrow(/give either --daemon-rpc-url.*or --blocks/);
  });
});
