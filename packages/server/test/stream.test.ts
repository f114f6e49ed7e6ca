import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type ChainMessage,
  type ChainOptions,
  generateChain,
  StandIn,
  type StandInOptions,
} from '@rockpool/yellowstone/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Running, rockpool, start } from './command.js';
import { folderOf } from './folder.js';

const SYSTEM = '1'.repeat(32);
const PATIENCE = { timeout: 30_000, interval: 20 };

/** A line of stdout or of the log. */
type Said = Readonly<Record<string, unknown>>;

/** The command while it streams, and what it has written so far. */
interface Streaming extends Running {
  lines(): Said[];
  log(): Said[];
}

async function standIn(options: StandInOptions = {}): Promise<StandIn> {
  const server = await StandIn.listen(options);
  onTestFinished(() => server.close());
  return server;
}

/** Starts `rockpool stream`; it is killed when the test is over. */
function stream(words: readonly string[], env: Readonly<Record<string, string>> = {}): Streaming {
  const running = start(['stream', ...words], { env });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  running.child.stdout.on('data', (text: string) => {
    stdout += text;
  });
  running.child.stderr.on('data', (text: string) => {
    stderr += text;
  });
  return { ...running, lines: () => parsed(stdout), log: () => parsed(stderr) };
}

/** Starts it on a stand-in, and settles when it is subscribed. */
async function streamOf(server: StandIn, words: readonly string[]): Promise<Streaming> {
  const subscribed = server.subscribed();
  const streaming = stream(['--grpc-endpoint', server.address, ...words]);
  await Promise.race([
    subscribed,
    streaming.ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  return streaming;
}

const parsed = (text: string): Said[] =>
  text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Said);

const chain = (options: Partial<ChainOptions> = {}): ChainMessage[] =>
  generateChain({ seed: 3, slots: 10, skippedShare: 0, ...options });

/** How many messages of a kind there are; every transaction has one instruction. */
const count = (messages: readonly ChainMessage[], kind: string): number =>
  messages.filter((each) => each.kind === kind).length;

const printed = (streaming: Streaming, kind: string): Said[] =>
  streaming.lines().filter((line) => line['kind'] === kind);

const prints = (streaming: Streaming, kind: string, wanted: number): Promise<void> =>
  vi.waitFor(
    () => expect(printed(streaming, kind).length).toBeGreaterThanOrEqual(wanted),
    PATIENCE,
  );

/** What it says at its end, for programs. */
const figures = ({ log }: Streaming): Said => log().find(({ msg }) => msg === 'ended') ?? {};

describe('rockpool stream', () => {
  it('prints a line for everything that was published, and ends in order at SIGTERM', async () => {
    const server = await standIn();
    const messages = chain();
    const streaming = await streamOf(server, ['--program', SYSTEM, '--owner', SYSTEM, '--slots']);
    server.publish(messages);
    await prints(streaming, 'instruction', count(messages, 'transaction'));
    await prints(streaming, 'account', count(messages, 'account'));
    streaming.child.kill('SIGTERM');
    expect((await streaming.ended).code).toBe(143);
    const instructions = printed(streaming, 'instruction');
    expect(instructions).toHaveLength(50);
    expect(new Set(instructions.map(({ signature }) => signature)).size).toBe(50);
    expect(instructions[0]).toMatchObject({ program: SYSTEM, path: [0], slot: '1000' });
    expect(instructions[0]?.['data']).toBe('AgAAAAEAAAAAAAAA');
    const [account] = printed(streaming, 'account');
    expect(account).toMatchObject({ owner: SYSTEM, rentEpoch: '18446744073709551615', data: '' });
    expect(String(account?.['pubkey'])).toMatch(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/);
    expect(printed(streaming, 'slot')).toContainEqual(
      expect.objectContaining({ slot: '1003', status: 'finalized' }),
    );
  });

  it('prints everything once through a cut, and says that there was one', async () => {
    const server = await standIn();
    const messages = chain({ seed: 5, slots: 24 });
    const streaming = await streamOf(server, [
      '--program',
      SYSTEM,
      '--grpc-reconnect-interval',
      '1',
    ]);
    server.publish(messages.slice(0, 300));
    await server.drained();
    const back = server.subscribed();
    server.cut();
    server.publish(messages.slice(300, 400));
    await back;
    server.publish(messages.slice(400));
    await prints(streaming, 'instruction', 24 * 5);
    streaming.child.kill('SIGINT');
    expect((await streaming.ended).code).toBe(130);
    const signatures = printed(streaming, 'instruction').map(({ signature }) => signature);
    expect(new Set(signatures).size).toBe(24 * 5);
    expect(signatures).toHaveLength(24 * 5);
    expect(figures(streaming)).toMatchObject({ reconnects: 1, gaps: 0, dropped: 0 });
    const told = streaming.log().map(({ msg }) => msg);
    expect(told).toEqual(expect.arrayContaining(['connected', 'disconnected', 'reconnected']));
  });

  it('prints what was received before a signal, to the last line', async () => {
    const server = await standIn();
    const streaming = await streamOf(server, ['--program', SYSTEM, '--owner', SYSTEM]);
    server.publish(chain({ slots: 300 }));
    await prints(streaming, 'account', 1);
    streaming.child.kill('SIGTERM');
    const { code, stdout } = await streaming.ended;
    expect(code).toBe(143);
    expect(stdout.endsWith('\n')).toBe(true);
    const { printed: all, received, discarded, abandoned } = figures(streaming);
    expect({ discarded, abandoned }).toEqual({ discarded: 0, abandoned: 0 });
    // One line for each message here, as far as it was received.
    expect(streaming.lines()).toHaveLength(Number(all));
    expect(all).toBe(received);
  });

  it('ends at once at the second signal, though nobody reads', async () => {
    const server = await standIn();
    const streaming = await streamOf(server, ['--program', SYSTEM]);
    streaming.child.stdout.pause();
    server.publish(chain({ slots: 1_000 }));
    await vi.waitFor(
      () => expect(streaming.child.stdout.readableLength).toBeGreaterThan(10_000),
      PATIENCE,
    );
    streaming.child.kill('SIGTERM');
    await streaming.said('stopping');
    streaming.child.kill('SIGTERM');
    const [code] = (await once(streaming.child, 'exit')) as [number];
    expect(code).toBe(143);
  });

  it('keeps what it receives, and prints it again without a server', async () => {
    const server = await standIn();
    const file = path.join(folderOf({}), 'today.bin');
    const words = ['--program', SYSTEM, '--slots'];
    const streaming = await streamOf(server, [...words, '--capture', file]);
    server.publish(chain());
    await prints(streaming, 'instruction', 50);
    await prints(streaming, 'slot', 10);
    streaming.child.kill('SIGTERM');
    await streaming.ended;
    const again = await rockpool(['stream', ...words, '--replay', file]);
    expect(again.code).toBe(0);
    const sorted = (lines: readonly Said[]) => lines.map((each) => JSON.stringify(each)).sort();
    expect(sorted(parsed(again.stdout))).toEqual(sorted(streaming.lines()));
    const slots = await rockpool(['stream', '--slots', '--replay', file]);
    expect(parsed(slots.stdout)).toEqual(printed(streaming, 'slot'));
  });

  it('says which token was refused, and takes one from the environment', async () => {
    const server = await standIn({ xToken: 'the secret' });
    const refused = await rockpool(['stream', '--slots', '--grpc-endpoint', server.address]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^rockpool: .*UNAUTHENTICATED: No valid auth token.*xToken/m);
    const subscribed = server.subscribed();
    const streaming = stream(['--slots'], {
      ROCKPOOL_GRPC_ENDPOINT: server.address,
      ROCKPOOL_GRPC_X_TOKEN: 'the secret',
    });
    await subscribed;
    server.publish(chain());
    await prints(streaming, 'slot', 1);
  });

  it('gives up after as many attempts as it may have', async () => {
    const server = await standIn();
    const { address } = server;
    await server.close();
    const few = ['--grpc-max-reconnect-attempts', '2', '--grpc-reconnect-interval', '1'];
    const { code, stderr } = await rockpool([
      'stream',
      '--slots',
      '--grpc-endpoint',
      address,
      ...few,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rockpool: .*ECONNREFUSED/m);
    expect(parsed(stderr).filter(({ msg }) => msg === 'reconnecting')).toHaveLength(2);
  });

  it('shows something of a made-up chain until it is stopped', async () => {
    const streaming = stream(['--demo']);
    await prints(streaming, 'instruction', 5);
    await prints(streaming, 'slot', 1);
    streaming.child.kill('SIGINT');
    expect((await streaming.ended).code).toBe(130);
  });

  it('serves metrics and health of this machine alone', async () => {
    const server = await standIn();
    const streaming = await streamOf(server, ['--slots', '--metrics-port', '0']);
    server.publish(chain());
    // Each is processed, those before it confirmed and final.
    await prints(streaming, 'slot', 10 + 8 + 4);
    const url = String(streaming.log().find(({ url: at }) => at !== undefined)?.['url']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const ask = async (page: string) => {
      const response = await fetch(`${url}${page}`);
      return { status: response.status, text: await response.text() };
    };
    expect(await ask('/livez')).toEqual({ status: 200, text: 'ok' });
    expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok' });
    const health = await ask('/healthz');
    expect(health.status).toBe(200);
    const { status, checks } = JSON.parse(health.text) as { status: string; checks: object };
    expect(status).toBe('pass');
    expect(Object.keys(checks)).toEqual(
      expect.arrayContaining(['stream:connection', 'stream:queue', 'stream:parser']),
    );
    expect((await ask('/metrics')).text).toMatch(
      /^rockpool_vixen_messages_processed_total\{pipeline="slots",kind="slot"\} \d\d$/m,
    );
    expect((await ask('/other')).status).toBe(404);
    await server.close();
    await vi.waitFor(
      async () => expect(await ask('/readyz')).toEqual({ status: 503, text: 'disconnected' }),
      PATIENCE,
    );
    expect((await ask('/livez')).status).toBe(200);
    streaming.child.kill('SIGTERM');
    expect((await streaming.ended).code).toBe(143);
  });
});

describe('rockpool stream with a system thread', () => {
  it('answers as it does without one, and says how old that is', async () => {
    const server = await standIn();
    const streaming = await streamOf(server, [
      ...['--slots', '--metrics-port', '0', '--runtime-system-threads', '1'],
    ]);
    server.publish(chain());
    await prints(streaming, 'slot', 10 + 8 + 4);
    const url = String(streaming.log().find(({ url: at }) => at !== undefined)?.['url']);
    await vi.waitFor(async () => {
      const metrics = await fetch(`${url}/metrics`);
      expect(metrics.headers.get('content-security-policy')).not.toBeNull();
      const text = await metrics.text();
      expect(text).toMatch(/^rockpool_vixen_messages_processed_total\{.*\} \d\d$/m);
      expect(text).toMatch(/^rockpool_pipeline_snapshot_age_seconds [01]\.\d+$/m);
    }, PATIENCE);
    expect(await (await fetch(`${url}/readyz`)).text()).toBe('ok');
    const health = await fetch(`${url}/healthz`);
    expect(health.headers.get('content-type')).toBe('application/health+json');
    expect(await health.json()).toMatchObject({ status: 'pass' });
    await server.close();
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), PATIENCE);
    streaming.child.kill('SIGTERM');
    expect((await streaming.ended).code).toBe(143);
  });
});

describe('what the documentation shows of rockpool stream', () => {
  const repository = path.join(import.meta.dirname, '../../..');
  const shown = [
    ...readFileSync(path.join(repository, 'docs/cli.md'), 'utf8').matchAll(
      /^rockpool stream (--[^<|]*?)(?: *\|.*)?$/gm,
    ),
  ].map(([, words = '']) => words);

  it('runs as it stands there, one line after the other', async () => {
    expect(shown.length).toBeGreaterThan(3);
    const server = await standIn();
    server.publish(chain());
    const example = path.join(repository, 'examples/stream/vixen.toml');
    const cwd = folderOf({ 'vixen.toml': readFileSync(example) });
    for (const words of shown) {
      const env = { ROCKPOOL_GRPC_ENDPOINT: server.address };
      const subscribed = server.subscribed();
      const running = start(['stream', ...words.split(' ')], { cwd, env });
      onTestFinished(() => void running.child.kill('SIGKILL'));
      void subscribed.then(() => server.publish(chain({ firstSlot: 2_000 })));
      await running.wrote(/\n/);
      const endsByItself = /--check|--replay/.test(words);
      if (!endsByItself) running.child.kill('SIGTERM');
      const { code, stdout } = await running.ended;
      expect(code, words).toBe(endsByItself ? 0 : 143);
      expect(stdout, words).toMatch(words.includes('--check') ? /^runtime\./ : /^\{"kind":/);
    }
  });
});
