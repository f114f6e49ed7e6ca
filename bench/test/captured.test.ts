import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateChain, writeCapture } from '@rockpool/yellowstone/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { STREAMS } from '../src/yellowstone/messages.js';

describe('streams of captured data', () => {
  afterEach(() => void vi.unstubAllEnvs());

  function dataFolder(): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-data-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    vi.stubEnv('ROCKPOOL_DATA', folder);
    return folder;
  }

  it('are none where the data is not there', () => {
    dataFolder();
    expect(STREAMS['captured entries']()).toBeUndefined();
    expect(STREAMS['captured transactions']()).toBeUndefined();
  });

  it('are the entries and block metas of a capture', () => {
    const folder = path.join(dataFolder(), 'yellowstone');
    mkdirSync(folder);
    const chain = generateChain({ seed: 1, slots: 5, skippedShare: 0 });
    writeFileSync(
      path.join(folder, 'live-capture-first-20000.bin'),
      writeCapture(chain.map(({ body }) => body)),
    );
    const stream = STREAMS['captured entries']();
    const of = (kind: string) => chain.filter((each) => each.kind === kind).length;
    expect(stream?.count).toBe(of('entry'));
    expect(stream?.messages).toHaveLength(of('entry') + of('blockMeta'));
  });

  it('are one captured transaction under as many signatures as there have to be', () => {
    const folder = path.join(dataFolder(), 'yellowstone');
    mkdirSync(folder);
    const [captured] = generateChain({ seed: 1, slots: 1, skippedShare: 0 })
      .filter(({ kind }) => kind === 'transaction')
      .sort((a, b) => b.body.length - a.body.length);
    // The file holds the transaction alone: field 4 of an update, with its tag and a length of two bytes before it.
    const at = captured!.body.indexOf(4 * 8 + 2);
    expect(at).toBe(0);
    writeFileSync(path.join(folder, 'transaction-dp4.bin'), captured!.body.subarray(3));
    const stream = STREAMS['captured transactions']();
    expect(stream?.count).toBe(3_000);
    const bodies = stream?.messages.map(({ body }) => Buffer.from(body).toString('latin1'));
    expect(new Set(bodies).size).toBe(bodies?.length);
  });
});
