import { PoolError, type PoolOptionsError } from '@rockpool/core';
import { describe, expect, it } from 'vitest';
import {
  configure,
  parseToml,
  SETTING_NAMES,
  SETTINGS,
  showConfiguration,
  variableOf,
} from '../../src/index.js';

const SEED = `
[runtime]
worker_threads = 8
max_connections = 10
buffer_capacity = 10000
batch_size = 100

[grpc]
endpoint = "http://localhost:10000"
reconnect_interval = 5000
max_reconnect_attempts = 10

[metrics]
enabled = true
interval = 10000
`;
const SEED_DEVELOPMENT = `
[runtime]
worker_threads = 2
buffer_capacity = 1000
log_level = "debug"
`;
const SEED_PRODUCTION = `
[runtime]
worker_threads = 16
buffer_capacity = 50000
log_level = "info"
optimize = true
`;
const VIXEN = `
[source]
endpoint = "https://example.invalid:443"
x-token = "secret"
timeout = 60
commitment-level = "confirmed"
from-slot = 250
max-decoding-message-size = 9007199254740993
accept-compression = "zstd"
auto-reconnect = false
reconnect-max-retries = 4
reconnect-slot-retention = 100

[buffer]
jobs = 6
sources-channel-size = 100
`;

const fileOf = (text: string) => ({ name: 'pipe.toml', content: parseToml(text, 'pipe.toml') });
const given = (text: string) =>
  Object.fromEntries(
    configure({ file: fileOf(text) })
      .inForce.filter(({ source }) => source === 'file')
      .map(({ name, value }) => [name, value]),
  );

function problemsOf(run: () => unknown): Record<string, string> {
  try {
    run();
  } catch (error) {
    if (!PoolError.is(error, 'ERR_POOL_OPTIONS')) throw error;
    const { problems } = error as PoolOptionsError;
    return Object.fromEntries(problems.map(({ path, message }) => [path, message]));
  }
  throw new Error('nothing was wrong');
}

describe('the configuration of a runtime', () => {
  it('reads the three files of the seed as they stand', () => {
    expect(given(SEED)).toEqual({
      'runtime.workerThreads': 8,
      'runtime.maxConnections': 10,
      'runtime.bufferCapacity': 10_000,
      'runtime.batchSize': 100,
      'grpc.endpoint': 'http://localhost:10000',
      'grpc.reconnectIntervalMs': 5_000,
      'grpc.maxReconnectAttempts': 10,
      'metrics.enabled': true,
      'metrics.intervalMs': 10_000,
    });
    expect(given(SEED_DEVELOPMENT)).toEqual({
      'runtime.workerThreads': 2,
      'runtime.bufferCapacity': 1_000,
      'runtime.logLevel': 'debug',
    });
    expect(given(SEED_PRODUCTION)).toEqual({
      'runtime.workerThreads': 16,
      'runtime.bufferCapacity': 50_000,
      'runtime.logLevel': 'info',
      'runtime.optimize': true,
    });
  });

  it('reads kebab and camel case alike', () => {
    const snake = given(SEED);
    expect(given(SEED.replaceAll('_', '-'))).toEqual(snake);
    const camel = SEED.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(given(camel)).toEqual(snake);
  });

  it('reads a file in the shape of Vixen, whose timeout is in seconds', () => {
    expect(given(VIXEN)).toEqual({
      'grpc.endpoint': 'https://example.invalid:443',
      'grpc.xToken': 'secret',
      'grpc.timeoutMs': 60_000,
      'grpc.commitmentLevel': 'confirmed',
      'grpc.fromSlot': 250,
      'grpc.maxDecodingMessageSizeBytes': Number.MAX_SAFE_INTEGER,
      'grpc.acceptCompression': 'zstd',
      'grpc.autoReconnect': false,
      'grpc.maxReconnectAttempts': 4,
      'grpc.reconnectSlotRetention': 100,
      'runtime.handlerThreads': 6,
      'runtime.bufferCapacity': 100,
    });
  });

  it('has the defaults of the contract and knows where every value comes from', () => {
    const { config, inForce } = configure({ processors: 8 });
    expect(config).toMatchObject({
      runtime: {
        bufferCapacity: 10_000,
        bufferMaxBytes: 67_108_864,
        batchSize: 100,
        batchTimeoutMs: 50,
        overflowPolicy: 'block',
        maxConnections: 10,
        maxBlockingThreads: 8,
        gcIntervalMs: 60_000,
        optimize: false,
        logLevel: 'info',
      },
      grpc: { reconnectIntervalMs: 500, maxReconnectAttempts: 10, commitmentLevel: 'processed' },
      retry: { maxAttempts: 3, initialBackoffMs: 200, multiplier: 2, maxBackoffMs: 5_000 },
      breaker: { failureThreshold: 5, recoveryTimeoutMs: 30_000, successThreshold: 2 },
      cache: { accounts: 10_000, programs: 1_000, ttlMs: 60_000 },
      metrics: { enabled: true, intervalMs: 10_000, prefix: 'rockpool_vixen_' },
      health: { intervalMs: 10_000, unhealthyThreshold: 3 },
      shutdown: { strategy: 'process-pending', timeoutMs: 30_000 },
    });
    expect(inForce.map(({ name }) => name)).toEqual(SETTING_NAMES);
    const derived = inForce.filter(({ source }) => source !== 'default');
    expect(derived.map(({ name, source, from }) => ({ name, source, from }))).toEqual([
      { name: 'runtime.parserThreads', source: 'derived', from: '8 processors' },
      { name: 'runtime.handlerThreads', source: 'derived', from: '8 processors' },
    ]);
  });

  it('lets a flag win over an argument, over the environment, the file, the profile, the default', () => {
    const steps = {
      flags: ['--runtime-buffer-capacity=1'],
      argument: { runtime: { bufferCapacity: 2 } },
      env: { ROCKPOOL_RUNTIME_BUFFER_CAPACITY: '3' },
      file: fileOf('profile = "production"\n[runtime]\nbuffer_capacity = 4\n'),
    };
    const capacity = (sources: Parameters<typeof configure>[0]) =>
      configure(sources).inForce.find(({ name }) => name === 'runtime.bufferCapacity');
    expect(capacity(steps)).toEqual({
      name: 'runtime.bufferCapacity',
      value: 1,
      source: 'flag',
      from: '--runtime-buffer-capacity',
      overridden: [
        'runtime.bufferCapacity',
        'ROCKPOOL_RUNTIME_BUFFER_CAPACITY',
        'pipe.toml: runtime.buffer_capacity',
        'production',
      ],
    });
    const { flags: _flags, ...withoutFlag } = steps;
    expect(capacity(withoutFlag)).toMatchObject({ value: 2, source: 'argument' });
    expect(capacity({ env: steps.env, file: steps.file })).toMatchObject({
      value: 3,
      source: 'environment',
    });
    expect(capacity({ file: steps.file })).toMatchObject({ value: 4, source: 'file' });
    expect(capacity({ flags: ['--runtime-profile', 'production'] })).toMatchObject({
      value: 50_000,
      source: 'profile',
      from: 'production',
    });
    expect(capacity({})).toMatchObject({ value: 10_000, source: 'default' });
  });

  it.each(SETTING_NAMES)('%s can be set by a variable and by a flag', (name) => {
    const sample = sampleOf(name);
    const env = { [variableOf(name)]: String(sample) };
    const flag = `--${variableOf(name).slice('ROCKPOOL_'.length).toLowerCase().replaceAll('_', '-')}`;
    for (const sources of [{ env }, { flags: [`${flag}=${String(sample)}`] }]) {
      const found = configure(sources).inForce.find((each) => each.name === name);
      expect(found).toMatchObject({ value: sample });
      expect(['flag', 'environment']).toContain(found?.source);
    }
  });

  it('reads switches in their usual words, and a flag without a value as true', () => {
    const enabled = (env: Record<string, string>, flags: string[] = []) =>
      configure({ env, flags }).config.metrics.compat;
    const words = ['true', '1', 'yes', 'on', 'TRUE'];
    expect(words.map((word) => enabled({ ROCKPOOL_METRICS_COMPAT: word }))).toEqual(
      words.map(() => true),
    );
    expect(enabled({}, ['--metrics-compat'])).toBe(true);
    expect(enabled({ ROCKPOOL_METRICS_COMPAT: 'on' }, ['--no-metrics-compat'])).toBe(false);
  });

  it('tells everything that is wrong at once, each with its place and what was probably meant', () => {
    const problems = problemsOf(() =>
      configure({
        flags: ['--runtime-worker-thread', '--runtime-batch-size', 'many', '--grpc-endpoint'],
        env: { ROCKPOOL_METRICS_ENABLED: 'perhaps', ROCKPOOL_RETRY_JITTER: 'some' },
        argument: { runtime: { batchSize: 0 }, colour: { red: 1 } },
        file: fileOf(
          '[runtime]\nworker_treads = 8\n[grpc]\nreconnect-intervall = 1\n[cache]\nttl = -1\n',
        ),
      }),
    );
    expect(problems).toEqual({
      '--runtime-worker-thread': 'is not a flag; did you mean --runtime-worker-threads?',
      '--runtime-batch-size': 'is "many"; must be a whole number from 1 to 1,000,000',
      '--grpc-endpoint': 'needs a value',
      ROCKPOOL_METRICS_ENABLED: 'is "perhaps"; must be true or false',
      ROCKPOOL_RETRY_JITTER: 'is "some"; must be one of none, full, decorrelated',
      'runtime.batchSize': 'is 0; must be a whole number from 1 to 1,000,000',
      'colour.red': 'is not a setting; see the table of settings',
      'pipe.toml: runtime.worker_treads': 'is not a setting; did you mean runtime.worker_threads?',
      'pipe.toml: grpc.reconnect-intervall':
        'is not a setting; did you mean grpc.reconnect-interval?',
      'pipe.toml: cache.ttl': 'is -1; must be milliseconds: a number from 1 to 2147483647',
    });
  });

  it('says where a file is no TOML', () => {
    expect(problemsOf(() => parseToml('[runtime]\nworker_threads = \n', 'pipe.toml'))).toEqual({
      'pipe.toml:2:18': expect.stringContaining('Invalid TOML document'),
    });
  });

  it('shows no secret, neither in a problem nor in the settings in force', () => {
    const shown = showConfiguration(
      configure({ argument: { grpc: { xToken: 'hush-hush' } } }).inForce,
    );
    expect(shown).toContain('grpc.xToken = (hidden)  # argument grpc.xToken');
    expect(shown).not.toContain('hush-hush');
    const problems = problemsOf(() =>
      configure({ argument: { metrics: { pushTo: 'user:hush-hush@nowhere' } } }),
    );
    expect(JSON.stringify(problems)).not.toContain('hush-hush');
  });

  it('warns of a variable that nobody reads', () => {
    const { warnings } = configure({
      env: { ROCKPOOL_RUNTIME_WORKER_THREAD: '8', ROCKPOOL_OTHER: '1', HOME: '/' },
    });
    expect(warnings).toEqual([
      'ROCKPOOL_RUNTIME_WORKER_THREAD is not read; did you mean ROCKPOOL_RUNTIME_WORKER_THREADS?',
    ]);
  });
});

/** A value of a setting that is not its default. */
function sampleOf(name: (typeof SETTING_NAMES)[number]): unknown {
  const { schema, fallback } = SETTINGS[name];
  const samples = [
    true,
    false,
    7,
    1,
    0,
    'development',
    'zstd',
    'confirmed',
    'drop-newest',
    'debug',
  ];
  const more = ['pretty', 'none', 'immediate', 'https://example.invalid/push', 'word_'];
  const sample = [...samples, ...more].find(
    (each) => each !== fallback && schema.safeParse(each).success,
  );
  if (sample === undefined) throw new Error(`no sample for ${name}`);
  return sample;
}
