import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  configure,
  flagOf,
  type HealthLevel,
  PipelineStateError,
  SETTING_NAMES,
} from '@rockpool/pipeline';
import { COMPRESSIONS } from '@rockpool/yellowstone';
import { generateChain, writeCapture } from '@rockpool/yellowstone/testing';
import { describe, expect, it } from 'vitest';
import { streamApp } from '../src/stream/app.js';
import { sourceOptions } from '../src/stream/source-options.js';
import { folderOf } from './folder.js';
import { runHere } from './in-process.js';

const examples = path.join(import.meta.dirname, '../../../examples/stream');
const files = readdirSync(examples).filter((name) => name.endsWith('.toml'));

describe('the flags of rockpool stream', () => {
  it('are all settings of the configuration, and its own', async () => {
    const { code, stdout } = await runHere(['stream', '--help']);
    expect(code).toBe(0);
    expect(SETTING_NAMES.filter((name) => !stdout.includes(`--${flagOf(name)} `))).toEqual([]);
    expect(stdout).toContain('--account <address>');
  });

  it.each(files)('take the settings of %s as it stands', async (name) => {
    const { code, stdout } = await runHere([
      'stream',
      ...['--check', '--config', path.join(examples, name)],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^runtime\\.workerThreads = \\d+ {2}# file .*${name}`, 'm'));
  });

  it('win over the environment, and that over the file; a token is never shown', async () => {
    const { stdout } = await runHere(
      [
        'stream',
        ...['--check', '--config', path.join(examples, 'vixen.toml')],
        ...['--runtime-batch-size', '7', '--no-metrics-enabled', '--from-slot', '12'],
      ],
      { env: { ROCKPOOL_GRPC_ENDPOINT: 'http://there:1', ROCKPOOL_GRPC_X_TOKEN: 'hush' } },
    );
    expect(stdout).toMatch(/^runtime\.batchSize = 7 {2}# flag --runtime-batch-size \(not .*\)$/m);
    expect(stdout).toMatch(/^metrics\.enabled = false {2}# flag --no-metrics-enabled/m);
    expect(stdout).toMatch(/^grpc\.fromSlot = 12 {2}# flag/m);
    expect(stdout).toMatch(/^grpc\.endpoint = http:\/\/there:1 {2}# environment ROCKPOOL_GRPC_/m);
    expect(stdout).not.toContain('hush');
  });

  it('tell everything that is wrong at once', async () => {
    const folder = folderOf({ 'wrong.toml': '[runtime]\nworker_treads = 8\n' });
    const { code, stderr, stdout } = await runHere(
      [
        'stream',
        ...[
          '--config',
          path.join(folder, 'wrong.toml'),
          '--account',
          'nobody',
          '--program',
          '0OIl',
        ],
        ...['--runtime-batch-size', 'many'],
      ],
      { env: { ROCKPOOL_RETRY_JITTER: 'some' } },
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'worker_treads: is not a setting; did you mean runtime.worker_threads?',
    );
    expect(stderr).toContain('--runtime-batch-size: is "many"; must be a whole number');
    expect(stderr).toContain('ROCKPOOL_RETRY_JITTER: is "some"; must be one of');
    expect(stderr).toContain('--account nobody: is no address');
    expect(stderr).toContain('--program 0OIl: is no address');
  });

  it.each([
    [['--slots'], 'grpc.endpoint: is missing'],
    [['--grpc-endpoint', 'http://there:1'], 'say what to print: --account, --owner'],
    [['--slots', '--grpc-endpoint', 'ftp://there'], 'must be the address of a server'],
    [['--slots', '--replay', 'nowhere.bin'], '--replay nowhere.bin: cannot be read'],
    [['--slots', '--demo', '--capture', '/nowhere/at.all'], 'at.all: cannot be written'],
    [['--slots', '--config', 'nowhere.toml'], 'nowhere.toml: cannot be read'],
    [['--slots', '--demo', '--replay', 'a.bin'], "'--replay <file>' cannot be used with"],
    [['--slots', '--runtime-batch-sise', '3'], '(Did you mean --runtime-batch-size?)'],
    [['--from-slot', 'soon'], 'Expected the number of a slot'],
  ])('refuse %j', async (words, message) => {
    const { code, stderr } = await runHere(['stream', ...words]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  const hasZstd = COMPRESSIONS.includes('zstd');
  const zstd = ['stream', '--check', '--slots', '--grpc-accept-compression', 'zstd'];
  // Only Node 22.15 and newer know it.
  it.skipIf(!hasZstd)('take zstd', async () => {
    expect((await runHere(zstd)).code).toBe(0);
  });

  it.skipIf(hasZstd)('refuse zstd where Node does not know it', async () => {
    const { code, stderr } = await runHere([...zstd, '--grpc-endpoint', 'http://there:1']);
    expect(stderr).toContain(
      'grpc.accept_compression: is zstd, which needs Node 22.15 or newer; take gzip or none',
    );
    expect(stderr).not.toContain('must be the address');
    expect(code).toBe(2);
  });

  it('make a source as the configuration says', () => {
    const flags = [
      '--grpc-reconnect-interval=90000',
      '--grpc-from-slot=9',
      '--runtime-max-connections=3',
    ];
    expect(sourceOptions(configure({ flags }).config, 'http://there:1')).toMatchObject({
      endpoints: 'http://there:1',
      fromSlot: 9n,
      connections: { maxConnections: 3, idleTimeoutMs: 60_000 },
      reconnect: { initialMs: 90_000, maxMs: 90_000, maxAttempts: 10, retentionSlots: 250 },
    });
    const { config: own } = configure({ flags: ['--grpc-reconnect-slot-retention=40'] });
    expect(sourceOptions(own, 'http://there:1').reconnect).toMatchObject({ retentionSlots: 40 });
    for (const flag of ['--no-grpc-auto-reconnect', '--grpc-max-reconnect-attempts=0']) {
      const { config } = configure({ flags: [flag] });
      expect(sourceOptions(config, 'http://there:1').reconnect).toBe(false);
    }
  });
});

describe('rockpool stream for a person', () => {
  const capture = (): string => {
    const file = path.join(folderOf({}), 'capture.bin');
    const messages = generateChain({ seed: 2, slots: 8, skippedShare: 0 });
    writeFileSync(file, writeCapture(messages.map(({ body }) => body)));
    return file;
  };

  it('logs lines and sums up, where stderr is a terminal', async () => {
    const words = ['stream', '--slots', '--replay', capture()];
    const { code, stdout, stderr } = await runHere(words, { stderrIsTTY: true });
    expect(code).toBe(0);
    const lines = stdout.split('\n').length - 1;
    expect(stderr).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] INFO: connected/m);
    expect(stderr).toContain(
      `rockpool: received ${lines} messages, printed ${lines} lines, dropped 0`,
    );
    expect(stderr).toContain('rockpool: reconnects 0, gaps 0\n');
    expect(stderr).toMatch(/^rockpool: ended in .*: \d+ more printed, 0 discarded, 0 abandoned$/m);
    const quiet = await runHere([...words, '--quiet'], { stderrIsTTY: true });
    expect(quiet.stderr).not.toContain('rockpool: received');
  });

  it('logs JSON elsewhere, and as much as it is told to', async () => {
    const words = ['stream', '--slots', '--replay', capture()];
    const { stderr } = await runHere(words);
    const records = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(records.map(({ msg }) => msg)).toEqual(['connected', 'ended']);
    const silent = await runHere([...words, '--runtime-log-level', 'silent']);
    expect(silent.stderr).toBe('');
  });

  it('says what is wrong with a capture, after what could be printed', async () => {
    const file = capture();
    writeFileSync(file, readFileSync(file).subarray(0, -3));
    const { code, stdout, stderr } = await runHere(['stream', '--slots', '--replay', file]);
    expect(code).toBe(1);
    expect(stdout.split('\n').length).toBeGreaterThan(10);
    expect(stderr).toMatch(/^rockpool: .*the capture ends within the message at \d+/m);
  });
});

describe('what a stream serves', () => {
  const app = (status: HealthLevel, metrics = true) =>
    streamApp({
      host: '127.0.0.1',
      metrics,
      phase: () => 'starting',
      runtime: {
        exportMetrics: () => Promise.reject(new PipelineStateError('too early')),
        healthReport: () => ({ status, score: 40, checks: {}, consecutiveFailures: {} }),
      },
    });
  const ask = (from: ReturnType<typeof app>, page: string, host = '127.0.0.1:9') =>
    from.request(`http://${host}${page}`, { headers: { host } });

  it('is served to this machine alone', async () => {
    expect((await ask(app('healthy'), '/livez')).status).toBe(200);
    expect((await ask(app('healthy'), '/livez', 'rebound.example')).status).toBe(403);
  });

  it.each([
    ['healthy', 200, 'pass'],
    ['degraded', 200, 'warn'],
    ['unhealthy', 503, 'fail'],
  ] as const)('says that it is %s', async (level, status, word) => {
    const answer = await ask(app(level), '/healthz');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/health+json');
    expect(await answer.json()).toMatchObject({ status: word });
  });

  it('is not there before the stream has begun, nor where it is switched off', async () => {
    const readyz = await ask(app('healthy'), '/readyz');
    expect([readyz.status, await readyz.text()]).toEqual([503, 'starting']);
    expect((await ask(app('healthy'), '/metrics')).status).toBe(503);
    expect((await ask(app('healthy', false), '/metrics')).status).toBe(404);
  });
});

describe('the unit file', () => {
  it('starts the command with flags that are there, and checks its settings first', async () => {
    const unit = readFileSync(path.join(examples, 'rockpool-stream@.service'), 'utf8');
    const commands = [...unit.matchAll(/^ExecStart(?:Pre)?=\/usr\/bin\/env rockpool (.*)$/gm)];
    expect(commands).toHaveLength(2);
    for (const [, words = ''] of commands) {
      const args = words.replace('/etc/rockpool/%i', path.join(examples, 'vixen')).split(' ');
      const { code, stderr } = await runHere([...args, '--check']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });
});
