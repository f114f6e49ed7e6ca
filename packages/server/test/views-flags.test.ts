import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withViewsFlags } from '../src/commands/views-command.js';
import { levelIn } from '../src/log.js';
import type { ViewsOptions } from '../src/views/options.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

function parse(...words: string[]): ViewsOptions {
  const required = ['--indexer', 'i.wasm', '--db-path', 'data'];
  return withViewsFlags(new Command('views'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse([...required, ...words], { from: 'user' })
    .opts<ViewsOptions>();
}

describe('the flags of rockpool views', () => {
  it('have the defaults of rockshrew-mono', () => {
    vi.stubEnv('HOST', undefined);
    vi.stubEnv('PORT', undefined);
    expect(parse()).toEqual({
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
  });

  it('are all that rockshrew-mono has', () => {
    const words = [
      ...['--daemon-rpc-url', 'http://localhost:8332', '--auth', 'user:secret'],
      ...['--start-block', '5', '--exit-at', '9', '--label', 'mine', '--pipeline-size', '3'],
      ...['--host', '0.0.0.0', '--port', '8080', '--cors', '*'],
      ...['--snapshot-directory', 'snapshots', '--snapshot-interval', '10', '--repo', 'http://r'],
      ...['--max-reorg-depth', '50', '--reorg-check-threshold', '2'],
      ...['--prefixroot', 'a:0x00', '--prefixroot', 'b:0x01'],
      ...['--enable-view-pool', '--view-pool-size', '8', '--view-pool-max-concurrent', '16'],
      '--view-pool-logging',
    ];
    expect(parse(...words)).toMatchObject({
      daemonRpcUrl: 'http://localhost:8332',
      auth: 'user:secret',
      startBlock: 5,
      exitAt: 9,
      label: 'mine',
      pipelineSize: 3,
      host: '0.0.0.0',
      port: 8_080,
      cors: '*',
      snapshotDirectory: 'snapshots',
      snapshotInterval: 10,
      repo: 'http://r',
      maxReorgDepth: 50,
      reorgCheckThreshold: 2,
      prefixroot: ['a:0x00', 'b:0x01'],
      enableViewPool: true,
      viewPoolSize: 8,
      viewPoolMaxConcurrent: 16,
      viewPoolLogging: true,
    });
  });

  it('take host and port from the environment, unless they are given', () => {
    vi.stubEnv('HOST', '0.0.0.0');
    vi.stubEnv('PORT', '9999');
    expect(parse()).toMatchObject({ host: '0.0.0.0', port: 9_999 });
    expect(parse('--port', '1')).toMatchObject({ port: 1 });
  });

  it.each([
    ['--view-pool-size', '0'],
    ['--view-pool-max-concurrent', '0'],
    ['--port', '70000'],
    ['--start-block', '-1'],
    ['--exit-at', 'soon'],
    ['--no-such-flag', '1'],
  ])('refuse %s %s', (flag, value) => {
    expect(() => parse(flag, value)).toThrow(new RegExp(flag));
  });
});

describe('how much is logged', () => {
  it.each([
    [{}, 'info'],
    [{ RUST_LOG: 'debug' }, 'debug'],
    [{ RUST_LOG: 'rockshrew_mono=debug' }, 'debug'],
    [{ RUST_LOG: 'trace' }, 'debug'],
    [{ RUST_LOG: 'nonsense' }, 'info'],
    [{ ROCKPOOL_LOG: 'WARN', RUST_LOG: 'debug' }, 'warn'],
  ] as const)('is said by the environment: %j is %s', (env, level) => {
    expect(levelIn(env)).toBe(level);
  });
});
