import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import recorded from '../guests/hashes.json' with { type: 'json' };
import { createWasmPool, WasmProgram } from '../src/index.js';
import { flatten } from '../src/program/component.js';
import { type Extractor, extractorPath, hashes } from './support/built-guests.js';
import { instanceOf } from './support/guest.js';

const cacheDirectory = mkdtempSync(join(tmpdir(), 'rockpool-component-'));
let program: WasmProgram<Extractor>;
let path: string;

beforeAll(async () => {
  path = await extractorPath();
  program = await WasmProgram.load<Extractor>(path, { cacheDirectory });
}, 120_000);

afterAll(() => rmSync(cacheDirectory, { recursive: true }));

const page = `<!doctype html><html lang="en"><head><title>Page</title><meta name="author" content="Ann Author">
  </head><body><nav><a href="/">Home</a> <a href="/all">All articles</a></nav><article><h1>A headline</h1>
  <p>The first paragraph is long enough to count, and it has commas, which count as well.</p>
  <p>The second one has a <a href="../more">link</a> and some more words to be read by people.</p>
  </article><footer>Imprint</footer></body></html>`;
const article = { tag: 'article' };

describe('the extractor component', () => {
  it('is covered by snapshots', () => {
    expect(program.kind).toBe('component');
    expect(program.isolationReport()).toMatchObject({
      recommended: 'snapshot',
      reasons: [],
      metering: 'metered',
      memoryLimit: 'enforced',
    });
  });

  it('extracts the article and leaves navigation out', async () => {
    const { instance } = await instanceOf(program);
    const found = instance.call('extract', page, 'https://example.com/a/b', article);
    expect(found).toMatchObject({
      title: 'A headline',
      byline: 'Ann Author',
      links: ['https://example.com/more'],
    });
    expect(found.markdown).toMatch(/^# A headline\n\nThe first paragraph/);
    expect(found.text).not.toMatch(/Home|Imprint/);
    expect(instance.call('getModes')).toEqual(['article', 'full', 'metadata', 'custom']);
    expect([instance.call('validateHtml', page), instance.call('validateHtml', 'x')]).toEqual([
      true,
      false,
    ]);
  });

  it('offers every function of its world', async () => {
    const { instance } = await instanceOf(program);
    const [content, stats] = instance.call('extractWithStats', page, 'https://e.com', article);
    expect(content).toMatchObject({ title: 'A headline', language: 'en' });
    expect(stats).toMatchObject({ linksFound: 1, imagesFound: 0 });
    expect(instance.call('getInfo')).toMatchObject({
      supportedModes: ['article', 'full', 'metadata', 'custom'],
    });
    expect(instance.call('healthCheck')).toMatchObject({
      status: expect.any(String),
      extractionCount: 1n,
    });
    expect(typeof instance.call('resetState')).toBe('string');
    expect(instance.call('healthCheck').extractionCount).toBe(0n);
  });

  it('refuses bad input with the variants of its interface', async () => {
    const { instance } = await instanceOf(program);
    const refusal = (html: string, url: string, mode: { tag: string; val?: string[] }) => {
      try {
        instance.call('extract', html, url, mode);
        return 'accepted';
      } catch (error) {
        return (error as { payload: { tag: string } }).payload.tag;
      }
    };
    expect(refusal(' ', 'https://e.com', article)).toBe('invalid-html');
    expect(refusal(page, 'ftp://e.com', article)).toBe('invalid-html');
    expect(refusal(page, 'https://e.com', { tag: 'custom', val: ['a..b'] })).toBe(
      'unsupported-mode',
    );
    expect(refusal(page, 'https://e.com', { tag: 'custom', val: ['h1'] })).toBe('accepted');
  });

  it('forgets between borrowers, and remembers within a loan', async () => {
    const pool = createWasmPool(program, { max: 1, onWarning: () => undefined });
    const count = (instance: { call(name: 'healthCheck'): { extractionCount: bigint } }) =>
      instance.call('healthCheck').extractionCount;
    for (let round = 0; round < 3; round += 1) {
      await pool.use((instance) => {
        instance.call('extract', page, 'https://e.com', article);
        instance.call('extract', page, 'https://e.com', article);
        expect(count(instance)).toBe(2n);
      });
      expect(await pool.use(count)).toBe(0n);
    }
    await pool.close();
  });

  it('is healed after a stop at any point', async () => {
    const { instance, counters } = await instanceOf(program, { check: 'paranoid' });
    const expected = instance.call('extract', page, 'https://e.com', article);
    const { fuelUsed } = instance.info;
    for (let step = 0; step < 6; step += 1) {
      instance.restore();
      const fuel = 1 + Math.floor((fuelUsed * step) / 6);
      expect(() =>
        instance.run((api) => api.extract(page, 'https://e.com', article), { fuel }),
      ).toThrow(expect.objectContaining({ code: 'ERR_WASM_FUEL' }));
      instance.restore();
      expect(instance.call('extract', page, 'https://e.com', article)).toEqual(expected);
    }
    expect(counters).toMatchObject({ heals: 6, lost: 0 });
  });

  it('is found again on disk, without jco', async () => {
    const before = performance.now();
    const again = await WasmProgram.load(path, { cacheDirectory });
    expect(again.isolationReport()).toEqual(program.isolationReport());
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

it('builds its guests to the hashes on record', async () => {
  expect(await hashes()).toEqual(recorded);
}, 120_000);

it('accepts functions at world level, in an interface, and in one with a full name', () => {
  const extract = () => 'x';
  for (const root of [
    { extract },
    { extract: { extract } },
    { 'riptide:extractor/extract@0.2.0': { extract } },
  ]) {
    expect(flatten(root)['extract']).toBe(extract);
  }
});

it('refuses a component where a core module is asked for, and the other way round', async () => {
  const bytes = new Uint8Array(readFileSync(path));
  await expect(WasmProgram.load(bytes, { kind: 'core' })).rejects.toThrow(/is a component, but/);
  await expect(
    WasmProgram.load(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), { kind: 'component' }),
  ).rejects.toThrow(/is a core module, but/);
});
