import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { blockHashOf, LmdbStore, MetashrewRuntime } from '@rockpool/view-runtime';
import { BitcoinNode, sampleBlocks } from '@rockpool/view-runtime/testing';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { guestPath } from '../../view-runtime/fixtures/build.mjs';
import { type Running, rockpool, start } from './command.js';
import { folderOf } from './folder.js';

let indexer: string;
beforeAll(async () => {
  indexer = await guestPath('indexer');
}, 120_000);

const PATIENCE = { timeout: 30_000, interval: 20 };

/** The command while it serves. */
interface Serving extends Running {
  readonly url: string;
  /** The answer of the server as it came. */
  ask(method: string, params: readonly unknown[]): Promise<{ result?: string; error?: unknown }>;
}

/** Starts `rockpool views` on a port of its own; it is killed when the test is over. */
async function serve(words: readonly string[], env?: Record<string, string>): Promise<Serving> {
  const args = ['views', ...words, '--indexer', indexer, '--port', '0'];
  const running = start(args, env === undefined ? {} : { env });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  let said = '';
  running.child.stderr.on('data', (text: string) => {
    said += text;
  });
  await running.said('JSON-RPC at ');
  await vi.waitFor(() => expect(said).toMatch(/JSON-RPC at \S+\n/), PATIENCE);
  const url = /JSON-RPC at (\S+)\n/.exec(said)?.[1]?.replace('0.0.0.0', '127.0.0.1') ?? '';
  const ask: Serving['ask'] = async (method, params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const response = await fetch(url, { method: 'POST', body });
    return (await response.json()) as Awaited<ReturnType<Serving['ask']>>;
  };
  return { ...running, url, ask };
}

async function nodeWith(blocks: readonly Uint8Array[]): Promise<BitcoinNode> {
  const node = await BitcoinNode.start(blocks);
  onTestFinished(() => node.close());
  return node;
}

const height = async ({ ask }: Serving) => (await ask('metashrew_height', [])).result;
const reaches = (serving: Serving, wanted: string) =>
  vi.waitFor(async () => expect(await height(serving)).toBe(wanted), PATIENCE);

/** A block that the indexer works on without end, after `before`. */
function endlessBlock(before: Uint8Array): Uint8Array {
  const block = Buffer.from(sampleBlocks(1, { after: before, firstHeight: 3 })[0]!);
  block.write('slw!');
  return block;
}

describe('rockpool views', () => {
  it.each([
    ['basic', []],
    [
      'advanced',
      ['--view-pool-size', '4', '--view-pool-max-concurrent', '8', '--view-pool-logging'],
    ],
    [
      'production',
      ['--view-pool-size', '8', '--view-pool-max-concurrent', '16', '--host', '0.0.0.0'],
    ],
  ])('runs as the seed writes it: %s', async (_kind, flags) => {
    const blocks = sampleBlocks(4);
    const node = await nodeWith(blocks);
    const serving = await serve([
      '--enable-view-pool',
      ...flags,
      ...['--daemon-rpc-url', node.url, '--db-path', folderOf({})],
    ]);
    await reaches(serving, '3');
    const views = Array.from({ length: 16 }, () =>
      serving.ask('metashrew_view', ['transactioncount', '0x', 'latest']),
    );
    expect(new Set((await Promise.all(views)).map(({ result }) => result))).toEqual(
      new Set(['0x0a000000']),
    );
    node.mempool = [Buffer.from('one'), Buffer.from('two')];
    const pending = await serving.ask('metashrew_view', ['transactioncount', '0x', 'pending']);
    expect(pending.result).toBe('0x0d000000');
    node.blocks = [
      ...blocks.slice(0, 2),
      ...sampleBlocks(3, { after: blocks[1]!, firstHeight: 2, branch: 'other' }),
    ];
    await reaches(serving, '4');
    const block = Buffer.from(node.blocks[4]!).toString('hex');
    expect((await serving.ask('metashrew_view', ['getblock', '04000000', '4'])).result).toBe(
      `0x${block}`,
    );
    serving.child.kill('SIGINT');
    const { code, stderr } = await serving.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^info {2}view pool: \d+ runtimes, at most \d+ concurrent requests$/m);
    expect(stderr).toMatch(/^warn {2}reorganisation: 2 blocks above 1 are taken back$/m);
    expect(stderr.includes('in stateful mode')).toBe(false);
  });

  it('answers alike with and without a pool, and without one each view has a fresh instance', async () => {
    const blocks = folderOf({});
    for (const [at, block] of sampleBlocks(3).entries()) {
      writeFileSync(path.join(blocks, `${at}.bin`), block);
    }
    const asked: [string, unknown[]][] = [
      ['metashrew_view', ['transactioncount', '0x', 'latest']],
      ['metashrew_view', ['blocks', '0x', 1]],
      ['metashrew_view', ['boom', '0x', '0x2']],
      ['metashrew_view', ['nope', '0x', 2]],
      ['metashrew_view', ['echo']],
      ['metashrew_preview', [`0x${'00'.repeat(100)}`, 'blocks', '0x', 'latest']],
      ['metashrew_getblockhash', [2]],
      ['metashrew_stateroot', ['latest']],
      ['metashrew_nothing', []],
    ];
    const answers: unknown[][] = [];
    for (const flags of [[], ['--enable-view-pool', '--view-pool-size', '1']]) {
      const serving = await serve(
        [...flags, '--blocks', blocks, '--db-path', folderOf({}), '--label', 'mine'],
        { RUST_LOG: 'debug' },
      );
      await serving.said('all block files are indexed');
      answers.push(await Promise.all(asked.map(([method, params]) => serving.ask(method, params))));
      const counts: (string | undefined)[] = [];
      for (let i = 0; i < 3; i++) {
        counts.push((await serving.ask('metashrew_view', ['count', '0x', 'latest'])).result);
      }
      const pooled = flags.length > 0;
      expect(counts).toEqual([1, 2, 3].map((n) => `0x0${pooled ? n : 1}000000`));
      serving.child.kill('SIGTERM');
      const { code, stderr } = await serving.ended;
      expect(code).toBe(143);
      expect(stderr.includes('debug Enabling stateful views by default')).toBe(pooled);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(JSON.stringify(answers[0])).toContain('unreachable');
  });

  it('answers views while a block is indexed, and reopens at the last whole block after SIGKILL', async () => {
    const blocks = sampleBlocks(3);
    const node = await nodeWith([...blocks, endlessBlock(blocks[2]!)]);
    const dbPath = folderOf({});
    const words = ['--daemon-rpc-url', node.url, '--db-path', dbPath];
    for (const [signal, ended] of [
      ['SIGINT', 130],
      ['SIGKILL', null],
    ] as const) {
      node.calls.length = 0;
      const serving = await serve([...words, '--enable-view-pool', '--view-pool-size', '1']);
      await reaches(serving, '2');
      const wanted = signal === 'SIGINT' ? 4 : 1;
      const asked = () => node.calls.filter((call) => call === 'getblock').length;
      await vi.waitFor(() => expect(asked()).toBe(wanted), PATIENCE);
      for (let i = 0; i < 20; i++) {
        const { result } = await serving.ask('metashrew_view', ['blocks', '0x', 'latest']);
        expect(result).toBe('0x03000000');
      }
      serving.child.kill(signal);
      expect((await serving.ended).code).toBe(ended);
    }
    const reopened = new LmdbStore(dbPath, { access: 'read' });
    expect(reopened.mark().tip).toBe(2);
    expect(reopened.blockHash(3)).toBeUndefined();
    await reopened.close();
    node.blocks = sampleBlocks(6);
    const { code } = await rockpool([
      'views',
      ...words,
      '--indexer',
      indexer,
      '--port',
      '0',
      '--exit-at',
      '5',
    ]);
    expect(code).toBe(0);
    const grown = new LmdbStore(dbPath, { access: 'read' });
    onTestFinished(() => grown.close());
    const mirror = await MetashrewRuntime.load(indexer);
    for (const [at, bytes] of node.blocks.entries()) {
      const { stateRoot } = await mirror.run({ height: at, hash: blockHashOf(bytes), bytes });
      expect(grown.stateRoot(at)).toEqual(Buffer.from(stateRoot));
    }
  });

  it('refuses huge and malicious requests, and goes on', async () => {
    const blocks = folderOf({ '0.bin': sampleBlocks(1)[0]! });
    const serving = await serve([
      ...['--enable-view-pool', '--view-pool-size', '1', '--view-deadline-ms', '2000'],
      ...['--blocks', blocks, '--db-path', folderOf({})],
    ]);
    await serving.said('all block files are indexed');
    const post = async (body: string) => fetch(serving.url, { method: 'POST', body });
    expect((await post('x'.repeat(17_000_000))).status).toBe(413);
    expect(await (await post('[')).json()).toMatchObject({ error: { code: -32_700 } });
    const nested = await (await post('['.repeat(1_000_000) + ']'.repeat(1_000_000))).json();
    expect(nested).toMatchObject([{ error: { code: -32_600 } }]);
    const { hostname, port } = new URL(serving.url);
    const rude = connect(Number(port), hostname);
    await once(rude, 'connect');
    rude.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"jsonrpc"');
    rude.destroy();
    const many = JSON.stringify(Array(101).fill({ jsonrpc: '2.0', id: 1, method: 'x' }));
    expect(await (await post(many)).json()).toMatchObject({ error: { code: -32_600 } });
    const block = `0x${'00'.repeat(4_000_000)}`;
    const preview = await serving.ask('metashrew_preview', [block, 'getblock', '01000000', 0]);
    expect(preview.result?.length).toBe(block.length);
    const spin = await serving.ask('metashrew_view', ['spin', '0x', 'latest']);
    expect(spin.error).toMatchObject({ data: { code: 'ERR_VIEW_DEADLINE' } });
    expect((await serving.ask('metashrew_view', ['tiny', '0x', 0])).result).toBe('0x6f6b');
    const abort = new AbortController();
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'metashrew_view',
      params: ['spin', '0x', 0],
    });
    const gone = fetch(serving.url, { method: 'POST', body, signal: abort.signal });
    const metrics = async () => (await fetch(`${serving.url}/metrics`)).text();
    await vi.waitFor(
      async () => expect(await metrics()).toContain('rockpool_view_active 1\n'),
      PATIENCE,
    );
    abort.abort();
    await expect(gone).rejects.toThrow();
    await vi.waitFor(
      async () => expect(await metrics()).toContain('outcome="aborted"} 1\n'),
      PATIENCE,
    );
    expect(await metrics()).toMatch(/^rockpool_views_total\{outcome="deadline"\} 1$/m);
    serving.child.kill('SIGTERM');
    expect((await serving.ended).stderr).not.toMatch(/^\s+at /m);
  });

  it('ends by itself at --exit-at, and says which flags have no effect', async () => {
    const node = await nodeWith(sampleBlocks(5));
    const { code, stderr } = await rockpool([
      ...['views', '--exit-at', '2', '--repo', 'x', '--daemon-rpc-url', node.url],
      ...['--indexer', indexer, '--db-path', folderOf({}), '--port', '0'],
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('warn  --repo is accepted and without effect\n');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^info {2}indexed block 2 with \d k\/v pairs atomically, state root: [0-9a-f]{64}$/,
    );
  });

  it('says what is missing or cannot be had', async () => {
    const words = ['views', '--indexer', indexer, '--db-path', folderOf({})];
    const blocks = folderOf({ '0.bin': sampleBlocks(1)[0]! });
    const nothing = await rockpool(words);
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toMatch(/give either --daemon-rpc-url.*or --blocks/);
    const noModule = await rockpool([...words, '--blocks', blocks, '--indexer', 'nowhere.wasm']);
    expect(noModule.code).toBe(1);
    expect(noModule.stderr).toMatch(/^rockpool: cannot read the indexer nowhere\.wasm: ENOENT/m);
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const noPort = await rockpool([...words, '--blocks', blocks, '--port', port]);
    expect(noPort.code).toBe(1);
    expect(noPort.stderr).toMatch(/^rockpool: listen EADDRINUSE/m);
  });
});
