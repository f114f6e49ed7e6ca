import { writeFileSync } from 'node:fs';
import {
  type DeadLetterPolicy,
  pipeline,
  type RetryOptions,
  type RuntimeOptions,
} from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import { expectConserved, settled, start, textParser, word, words } from './support.js';

function noMore(code: string): Error {
  return Object.assign(new Error(`${code}: no more`), { code });
}

/** One pipeline whose handler throws `failures` one after the other, and then does its work. */
async function failing(
  failures: unknown[],
  options: RuntimeOptions = {},
  retry: RetryOptions = {},
) {
  const seen: string[] = [];
  let attempts = 0;
  const started = await start(
    (builder) =>
      builder.pipeline(
        pipeline(
          textParser,
          [
            {
              name: 'writes',
              handle: (text) => {
                attempts++;
                if (failures.length > 0) throw failures.shift();
                seen.push(text);
              },
            },
          ],
          { concurrency: 1, ordering: 'strict', retry },
        ),
      ),
    options,
  );
  return { ...started, seen, attempts: () => attempts };
}

describe('a machine that has no more of something', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'ENOMEM'])(
    'is an error of the system, %s: the pipeline stops at once and the run ends in order',
    async (code) => {
      const cause = noMore(code);
      const { runtime, source, ran, seen, attempts } = await failing([cause]);
      const moves: string[] = [];
      runtime.on('state', ({ pipeline: id, to }) => moves.push(`${id ?? 'runtime'} ${to}`));
      await source.push(...words(3, { position: 7n }));
      source.sink.complete(7n);
      await expect(ran).rejects.toMatchObject({
        kind: 'system',
        code: 'ERR_PIPELINE_SYSTEM',
        pipeline: 'words',
        handler: 'writes',
        cause,
      });
      expect(attempts()).toBe(1);
      expect(seen).toEqual([]);
      expect(moves).toContain('words error');
      expect(moves).toContain('runtime error');
      expect(runtime.state).toBe('shutdown');
      // What was not handled is asked for again by the next run.
      expect(runtime.stats().handledUpTo).toBe(6n);
      expectConserved(runtime);
    },
  );

  it('is recognised behind the error that a library makes of it', async () => {
    const wrapped = new Error('cannot save', { cause: noMore('ENOSPC') });
    const { source, ran } = await failing([wrapped]);
    await source.push(word('a'));
    await expect(ran).rejects.toMatchObject({ code: 'ERR_PIPELINE_SYSTEM', cause: wrapped });
  });

  it('loses nothing where the run is to go on: the value is tried again on resume()', async () => {
    const { runtime, source, seen } = await failing([noMore('EMFILE'), noMore('EMFILE')], {
      onSystemError: 'continue',
    });
    await source.push(...words(3));
    expect(runtime.stats().pipelines['words']).toMatchObject({ state: 'error', inFlight: 3 });
    runtime.resume('words');
    expect(runtime.stats().pipelines['words']).toMatchObject({ state: 'error', inFlight: 3 });
    runtime.resume('words');
    expect(seen).toEqual(['w0', 'w1', 'w2']);
    expect(runtime.stats().totals).toMatchObject({ processed: 3, deadLettered: 0 });
    await runtime.shutdown();
  });

  it('does not keep a shutdown waiting: the value is given up', async () => {
    const { runtime, source, clock } = await failing([noMore('ENOSPC')]);
    await runtime.pause('words');
    void source.push(...words(2));
    const before = clock.now();
    await expect(runtime.shutdown()).resolves.toMatchObject({ abandoned: 1, processed: 1 });
    expect(clock.now()).toBe(before);
    expectConserved(runtime);
  });

  it('stops only what failed of a batch', async () => {
    const batches: string[][] = [];
    const { runtime, source } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(textParser, [
            {
              name: 'batch',
              batch: { size: 3 },
              handleBatch: (items) => {
                batches.push(items.map(({ value }) => value));
                return batches.length === 1
                  ? { failed: [{ index: 1, error: noMore('ENOSPC') }] }
                  : undefined;
              },
            },
          ]),
        ),
      { onSystemError: 'continue' },
    );
    await source.push(...words(3));
    expect(runtime.stats().pipelines['words']).toMatchObject({
      state: 'error',
      processed: 2,
      inFlight: 1,
    });
    runtime.resume('words');
    expect(batches).toEqual([['w0', 'w1', 'w2'], ['w1']]);
    expect(runtime.stats().totals).toMatchObject({ processed: 3 });
    await runtime.shutdown();
  });

  it('stops the pipeline when it is the sink of dead letters that has no room', async () => {
    let full = true;
    const kept: unknown[] = [];
    const deadLetter: DeadLetterPolicy = {
      write: async (letter) => {
        if (full) throw noMore('ENOSPC');
        kept.push(letter.value);
      },
    };
    const bad = new Error('bad');
    const { runtime, source, seen } = await failing(
      [bad, bad],
      { onSystemError: 'continue' },
      { maxAttempts: 1, deadLetter },
    );
    await source.push(...words(2));
    await settled();
    expect(runtime.stats().pipelines['words']).toMatchObject({ state: 'error', inFlight: 2 });
    full = false;
    runtime.resume('words');
    await settled();
    expect(kept).toEqual(['w0']);
    expect(seen).toEqual(['w1']);
    expect(runtime.stats().totals).toMatchObject({ processed: 1, deadLettered: 1, inFlight: 0 });
    await runtime.shutdown();
  });

  it.runIf(process.platform === 'linux')('is recognised when a device is really full', async () => {
    const { source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [
          { name: 'file', handle: (text) => writeFileSync('/dev/full', text) },
        ]),
      ),
    );
    await source.push(word('a'));
    await expect(ran).rejects.toMatchObject({
      code: 'ERR_PIPELINE_SYSTEM',
      message: expect.stringContaining('the device is full'),
    });
  });
});
