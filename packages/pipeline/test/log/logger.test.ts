import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, type Logger, pinoLogger, sampledLogger } from '../../src/index.js';

const collecting = () => {
  const lines: string[] = [];
  return { lines, write: (line: string) => void lines.push(line) };
};
const NOON = Date.UTC(2026, 0, 1, 12);

describe('a logger', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'rockpool-log-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes one JSON object for each record, with the fields of its ancestors', () => {
    const output = collecting();
    const log = createLogger({ outputs: [output], timeOfDay: () => NOON, fields: { app: 'demo' } });
    log.child({ pipeline: 'tokens' }).log('warn', 'slow', { waitMs: 12, slot: 5n });
    expect(output.lines).toHaveLength(1);
    expect(output.lines[0]).toMatch(/\n$/);
    expect(JSON.parse(output.lines[0]!)).toEqual({
      time: '2026-01-01T12:00:00.000Z',
      level: 'warn',
      message: 'slow',
      app: 'demo',
      pipeline: 'tokens',
      waitMs: 12,
      slot: '5',
    });
  });

  it('writes one readable line in pretty format, also of a message that has several', () => {
    const output = collecting();
    const log = createLogger({ outputs: [output], format: 'pretty', timeOfDay: () => NOON });
    log.log('info', 'two\n  lines', { count: 2 });
    expect(output.lines).toEqual(['2026-01-01T12:00:00.000Z INFO  two lines count=2\n']);
  });

  it('changes its level, and that of its children, while it runs', () => {
    const output = collecting();
    const log = createLogger({ outputs: [output] });
    const child = log.child({});
    child.log('debug', 'not yet');
    log.level = 'debug';
    child.log('debug', 'now');
    child.level = 'silent';
    log.log('error', 'no more');
    expect(output.lines.map((line) => JSON.parse(line).message)).toEqual(['now']);
    expect(log.level).toBe('silent');
  });

  it('writes to every output, files among them, and keeps what was in a file', async () => {
    const file = path.join(folder, 'a.log');
    const output = collecting();
    for (const message of ['first run', 'second run']) {
      const log = createLogger({ outputs: [{ file }, output] });
      log.log('info', message);
      await log.close();
    }
    const messages = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    expect(messages).toEqual(['first run', 'second run']);
    expect(output.lines).toHaveLength(2);
  });

  it('tells once, as a process warning, that a file cannot be written', async () => {
    const warned = new Promise<Error & { code?: string }>((resolve) => {
      process.once('warning', resolve);
    });
    const log = createLogger({ outputs: [{ file: path.join(folder, 'no', 'such', 'folder') }] });
    log.log('info', 'lost');
    expect((await warned).code).toBe('ROCKPOOL_LOG_FILE');
    log.log('info', 'lost too');
    await log.close();
  });

  it.each([
    ['an error with its cause', new TypeError('outer', { cause: new Error('inner') }), 'inner'],
    ['bytes by their length', new Uint8Array(7), '[7 bytes]'],
    ['a circle', circle(), '[circular]'],
    ['a function by its name', { call: collecting }, '[function collecting]'],
    ['a symbol', Symbol('sign'), 'Symbol(sign)'],
  ])('writes %s', (_, value, expected) => {
    const output = collecting();
    createLogger({ outputs: [output] }).log('info', 'value', { value });
    expect(output.lines[0]).toContain(expected);
    expect(() => JSON.parse(output.lines[0]!)).not.toThrow();
  });
});

describe('a sampled logger', () => {
  const countOf = (log: Logger, lines: readonly unknown[], calls: number) => {
    for (let index = 0; index < calls; index += 1) log.log('warn', 'cannot be parsed', { index });
    return lines.length;
  };

  it('logs the first ten of a flood, then one in a thousand: a million parse errors are 1,009 lines', () => {
    const output = collecting();
    const log = sampledLogger(createLogger({ outputs: [output] }));
    expect(countOf(log, output.lines, 1_000_000)).toBe(1_009);
    expect(output.lines.slice(0, 10).map((line) => JSON.parse(line).index)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect(JSON.parse(output.lines.at(-1)!)).toMatchObject({ index: 999_009, suppressed: 999 });
  });

  it('counts each message apart, and shares the counts with its children', () => {
    const output = collecting();
    const log = sampledLogger(createLogger({ outputs: [output] }), { first: 2, oneIn: 10 });
    for (let index = 0; index < 5; index += 1) {
      log.log('warn', 'one');
      log.child({ pipeline: 'p' }).log('warn', 'other');
      log.child({ pipeline: 'q' }).log('warn', 'other');
    }
    const messages = output.lines.map((line) => JSON.parse(line).message);
    expect(messages.filter((each) => each === 'one')).toHaveLength(2);
    expect(messages.filter((each) => each === 'other')).toHaveLength(2);
  });
});

describe('a logger of pino', () => {
  it('writes through pino, whose level it reads and changes', () => {
    const output = collecting();
    const log = pinoLogger(pino({ level: 'info', base: null, timestamp: false }, output));
    log.log('debug', 'not yet');
    log.level = 'debug';
    log.log('debug', 'now', { count: 1 });
    log.child({ pipeline: 'tokens' }).log('error', 'bad');
    expect(output.lines.map((line) => JSON.parse(line))).toEqual([
      { level: 20, count: 1, msg: 'now' },
      { level: 50, pipeline: 'tokens', msg: 'bad' },
    ]);
    expect(log.level).toBe('debug');
  });
});

function circle(): object {
  const one: { self?: unknown } = {};
  one.self = one;
  return one;
}
