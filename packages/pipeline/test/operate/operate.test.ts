import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ManualClock } from '@rockpool/core/testing';
import { pipeline, type Runtime, Runtime as runtimes, threadedParser } from '@rockpool/pipeline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byKey, configure, LeasedCoordinator, parseToml } from '../../src/index.js';
import { parseExposition } from '../support/exposition.js';
import { MemoryCheckpoints, MemoryLeaseStore } from '../support/memory-stores.js';
import {
  HandSource,
  type Kinds,
  SILENT,
  settled,
  start,
  textParser,
  type Word,
  word,
  words,
} from '../support.js';

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

const figure = (text: string, name: string): number =>
  parseExposition(text).samples.find((each) => each.name === `rockpool_vixen_${name}`)?.value ??
  Number.NaN;

describe('a runtime that is built from a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'rockpool-build-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const fileOf = async (text: string) => {
    const file = path.join(folder, 'pipe.toml');
    await writeFile(file, text);
    return file;
  };
  const builder = () => runtimes.builder<Kinds>().source(new HandSource()).logger(SILENT);

  it('does what the file of the seed says', async () => {
    await using runtime = await builder()
      .pipeline(pipeline(textParser, []))
      .build(await fileOf(SEED));
    expect(runtime.configuration?.config.grpc.reconnectIntervalMs).toBe(5_000);
    const { input, pipelines } = runtime.stats();
    expect([input.capacity, pipelines['words']?.queueCapacity]).toEqual([10_000, 10_000]);
  });

  it('lets code win over the file, and a pipeline over both', async () => {
    const own = pipeline({ ...textParser, id: 'own' }, [], { buffer: { maxCapacity: 7 } });
    const file = await fileOf('[runtime]\nbuffer_capacity = 50\n');
    const plain = await builder().pipeline(pipeline(textParser, [])).pipeline(own).build(file);
    expect(plain.stats().pipelines['words']?.queueCapacity).toBe(50);
    expect(plain.stats().pipelines['own']?.queueCapacity).toBe(7);
    await plain.shutdown();
    const said = await builder()
      .bufferConfig({ maxCapacity: 9 })
      .pipeline(pipeline(textParser, []))
      .build(file);
    expect(said.stats().pipelines['words']?.queueCapacity).toBe(9);
    await said.shutdown();
  });

  it('is not built from a file with a mistake, and says where that is', async () => {
    const file = await fileOf('[runtime]\nworker_treads = 8\n');
    const building = builder().pipeline(pipeline(textParser, [])).build(file);
    await expect(building).rejects.toThrow(
      `${file}: runtime.worker_treads: is not a setting; did you mean runtime.worker_threads?`,
    );
    await expect(
      builder().pipeline(pipeline(textParser, [])).build(path.join(folder, 'none.toml')),
    ).rejects.toThrow('cannot be read');
  });

  it('measures one latency in 64 when it is optimized, and every one otherwise', async () => {
    const measured = async (optimize: boolean) => {
      const configuration = configure({ argument: { runtime: { optimize } } });
      const source = new HandSource();
      const runtime = await runtimes
        .builder<Kinds>()
        .source(source)
        .logger(SILENT)
        .pipeline(pipeline(textParser, []))
        .build(configuration);
      const ran = runtime.run();
      await settled();
      await source.push(...words(128));
      source.end();
      await ran;
      const text = await runtime.exportMetrics();
      expect(figure(text, 'messages_processed_total')).toBe(128);
      return runtime.stats().pipelines['words']?.latency.count;
    };
    expect(await measured(false)).toBe(128);
    // Each measured one stands for 64.
    expect(await measured(true)).toBe(128);
    const { retry } = configure({ file: { name: 'x', content: parseToml(SEED) } }).config;
    expect(retry.maxAttempts).toBe(3);
  });
});

describe('a runtime at work', () => {
  it('exports metrics that are the truth', async () => {
    const failing = {
      name: 'picky',
      handle: (text: string) => {
        if (text.endsWith('3')) throw new Error('not a three');
      },
    };
    const { runtime, source, ran } = await start((builder) =>
      builder
        .metrics({ prefix: 'rockpool_vixen_' })
        .pipeline(pipeline(textParser, [failing], { retry: { maxAttempts: 1 } })),
    );
    const pushed = source.push(...words(10), { ...word('no'), kind: 'broken' });
    await pushed;
    source.end();
    await ran;
    const text = await (runtime as Runtime).exportMetrics();
    const of = (name: string) => figure(text, name);
    expect(of('messages_received_total')).toBe(10);
    expect(of('messages_processed_total')).toBe(9);
    expect(of('dead_letter_total')).toBe(1);
    expect(of('handler_errors_total')).toBe(1);
    expect(of('decode_errors_total')).toBe(1);
    expect(of('frames_received_total')).toBe(11);
    expect(of('queue_depth')).toBe(0);
  });

  it('traces what became of the last thousand updates while it is debugged, and nothing otherwise', async () => {
    const log = { ...SILENT, level: 'warn' as const, child: () => log };
    const parser = {
      ...textParser,
      parse: ({ text }: Word) => {
        if (text === 'bad') throw new Error('bad');
        return text;
      },
    };
    const { runtime, source } = await start((builder) => builder.pipeline(pipeline(parser, [])), {
      log,
    });
    await source.push(word('unseen'));
    expect(runtime.trace()).toEqual([]);
    const disable = runtime.enableDebugMode();
    const again = runtime.enableDebugMode();
    expect(log.level).toBe('debug');
    await source.push(word('a', { position: 7n }), word('bad'));
    expect(runtime.trace()).toMatchObject([
      { pipeline: 'words', kind: 'word', position: 7n, outcome: 'processed' },
      { pipeline: 'words', outcome: 'parseErrors' },
    ]);
    await source.push(...words(1_500));
    expect(runtime.trace()).toHaveLength(1_000);
    disable();
    disable();
    expect(log.level).toBe('debug');
    again();
    expect(log.level).toBe('warn');
    const before = runtime.trace();
    await source.push(...words(3));
    expect(runtime.trace()).toEqual(before);
    await runtime.shutdown();
  });

  it('tells by an event when its health changes, and answers when it is asked', async () => {
    const { runtime, source, clock } = await start((builder) =>
      builder
        .health({ intervalMs: 1_000, unhealthyThreshold: 2 })
        .pipeline(pipeline(textParser, [], { buffer: { maxCapacity: 10 } })),
    );
    const reports: string[] = [];
    runtime.on('health', ({ status }) => reports.push(status));
    expect((await runtime.health()).status).toBe('healthy');
    await runtime.pause();
    void source.push(...words(10));
    await clock.advance(2_000);
    expect(reports).toEqual(['unhealthy']);
    expect((await runtime.health()).checks['queue']?.detail).toBe(
      'the buffer of words is 100 % full',
    );
    runtime.resume();
    await clock.advance(3_000);
    expect(reports).toEqual(['unhealthy', 'healthy']);
    await runtime.shutdown();
    expect(clock.pending).toBe(0);
  });

  it('profiles its stages, and says what limits them', async () => {
    const { runtime, source } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    const enough = new AbortController();
    const profiling = runtime.collectProfile({ signal: enough.signal });
    await expect
      .poll(async () => {
        await source.push(...words(5));
        return runtime.stats().totals.processed;
      })
      .toBeGreaterThanOrEqual(20);
    enough.abort();
    const { stages, cpuProfile } = await profiling;
    expect(stages[0]?.pipeline).toBe('words');
    expect(stages[0]?.processed).toBeGreaterThan(0);
    expect(cpuProfile.nodes.length).toBeGreaterThan(0);
    expect(runtime.advise()).toMatchObject([{ pipeline: 'words', bound: 'source' }]);
    await runtime.shutdown();
  });

  it('parses on threads, in order, and stops when threads die again and again', async () => {
    const module = new URL('../threads/modules/parser.mjs', import.meta.url);
    const seen: string[] = [];
    const errors: string[] = [];
    const source = new HandSource();
    await using runtime = await runtimes
      .builder<Kinds>()
      .source(source)
      .logger(SILENT)
      .pipeline(
        pipeline(
          { id: 'words', kind: 'word' as const, parse: (_: Word) => ({ text: '' }) },
          [{ name: 'see', handle: ({ text }) => void seen.push(text) }],
          {
            ordering: 'strict',
            executor: threadedParser({ module, threads: 2, maxBatchItems: 4 }),
          },
        ),
      )
      .build({ onSystemError: 'continue' });
    runtime.on('error', ({ kind, code }) => errors.push(`${kind} ${code}`));
    const ran = runtime.run();
    await settled();
    await source.push(...words(50), word('exit'), ...words(2));
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(52);
    expect(seen.slice(0, 50)).toEqual(words(50).map(({ text }) => text));
    expect(runtime.stats().pipelines['words']).toMatchObject({ parseErrors: 1, state: 'running' });
    await source.push(...Array.from({ length: 6 }, () => word('exit')));
    await expect
      .poll(() => runtime.stats().pipelines['words']?.state, { timeout: 15_000 })
      .toBe('error');
    expect(errors).toContain('system ERR_PIPELINE_SYSTEM');
    await runtime.shutdown({ strategy: 'immediate' });
    await ran;
  });

  const group = () => {
    const clock = new ManualClock();
    const store = new MemoryLeaseStore(clock, 3_000);
    const checkpoints = new MemoryCheckpoints();
    const join = async (member: string) => {
      const handled: string[] = [];
      const owned: number[] = [];
      const missed = new Map<number, unknown>();
      const started = await start(
        (builder) =>
          builder
            .coordinator(new LeasedCoordinator(store, checkpoints, { partitions: 8, clock }), {
              member,
              partitioner: byKey((update) => (update as Word).key, 8),
            })
            .pipeline(
              pipeline(textParser, [{ name: 'note', handle: (text) => void handled.push(text) }]),
            ),
        { clock },
      );
      started.runtime.on('partition', ({ id, owned: has, missed: between }) => {
        if (has) owned.push(id);
        else owned.splice(owned.indexOf(id), 1);
        if (between !== undefined) missed.set(id, between);
      });
      return { ...started, handled, owned, missed };
    };
    return { clock, checkpoints, join };
  };

  it('tells what it had turned away of a partition since the last checkpoint of its owner', async () => {
    const { clock, checkpoints, join } = group();
    const a = await join('a');
    const b = await join('b');
    await clock.advance(4_000);
    expect(b.owned).toHaveLength(4);
    const ofA = [0, 1, 2, 3, 4, 5, 6, 7].filter((id) => !b.owned.includes(id));
    for (const [{ source }, upTo] of [
      [a, 5n],
      [b, 9n],
    ] as const) {
      await source.push(word('k', { position: upTo }));
      source.sink.complete(upTo);
    }
    await settled();
    await a.runtime.shutdown();
    expect(ofA.map((id) => checkpoints.positions.get(id))).toEqual([5n, 5n, 5n, 5n]);
    await clock.advance(4_000);
    expect(b.owned).toHaveLength(8);
    expect(b.missed).toEqual(new Map(ofA.map((id) => [id, { from: 6n, to: 9n }])));
    expect(a.missed.size).toBe(0);
    await b.runtime.shutdown();
  });

  it('handles only what is of its own partitions, gives them back, and notes how far it was', async () => {
    const { clock, checkpoints, join } = group();
    const a = await join('a');
    const b = await join('b');
    await clock.advance(4_000);
    const frames = Array.from({ length: 200 }, (_, index) => word(`k${index}`, { position: 5n }));
    for (const { source } of [a, b]) {
      await source.push(...frames);
      source.sink.complete(5n);
    }
    await settled();
    expect(a.handled.length + b.handled.length).toBe(200);
    expect(new Set([...a.handled, ...b.handled]).size).toBe(200);
    expect(Math.min(a.handled.length, b.handled.length)).toBeGreaterThan(50);
    expect(a.runtime.stats().totals.filtered).toBe(200 - a.handled.length);
    await a.runtime.shutdown();
    expect([...checkpoints.positions.values()]).toContain(5n);
    await clock.advance(4_000);
    expect(b.owned.length).toBe(8);
    await b.runtime.shutdown();
    expect(checkpoints.positions.size).toBe(8);
  });
});
