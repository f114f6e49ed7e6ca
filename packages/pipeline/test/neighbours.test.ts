import { type OverflowPolicy, pipeline } from '@rockpool/pipeline';
import { describe, expect, it } from 'vitest';
import { expectConserved, start, textParser, words } from './support.js';

/** Two pipelines for the same words: one that is paused, with a buffer of three, and its neighbour. */
async function besidePaused(overflowPolicy: OverflowPolicy) {
  const seen: string[] = [];
  const late: string[] = [];
  const started = await start(
    (builder) =>
      builder
        .pipeline(
          pipeline(
            { ...textParser, id: 'paused' },
            [{ name: 'late', handle: (text: string) => void late.push(text) }],
            { buffer: { maxCapacity: 3, overflowPolicy } },
          ),
        )
        .pipeline(
          pipeline({ ...textParser, id: 'neighbour' }, [
            { name: 'see', handle: (text: string) => void seen.push(text) },
          ]),
        ),
    { input: { maxCapacity: 5 } },
  );
  await started.runtime.pause('paused');
  return { ...started, seen, late };
}

const ALL = words(100).map(({ text }) => text);

describe('a paused pipeline and its neighbour', () => {
  it('wait for each other where the buffer of the paused one may lose nothing', async () => {
    const { runtime, source, seen, late } = await besidePaused('block');
    const pushed = source.push(...words(100));
    // Three are in the buffer of the paused one, the fourth is at the head of the line.
    expect(seen).toEqual(ALL.slice(0, 3));
    expect(runtime.stats().input).toMatchObject({ queued: 6, received: 9 });
    runtime.resume('paused');
    await pushed;
    expect(seen).toEqual(ALL);
    expect(late).toEqual(ALL);
    expectConserved(runtime);
    await runtime.shutdown();
  });

  it.each([
    ['drop-oldest', ALL.slice(-3)],
    ['drop-newest', ALL.slice(0, 3)],
  ] as const)('do not where the paused one has a policy of its own: %s', async (policy, kept) => {
    const { runtime, source, seen, late } = await besidePaused(policy);
    expect(source.push(...words(100))).toBeUndefined();
    expect(seen).toEqual(ALL);
    const { paused, neighbour } = runtime.stats().pipelines;
    expect(paused).toMatchObject({ dropped: 97, inFlight: 3, state: 'paused' });
    expect(neighbour).toMatchObject({ dropped: 0, processed: 100 });
    runtime.resume('paused');
    expect(late).toEqual(kept);
    expectConserved(runtime);
    await runtime.shutdown();
  });

  it('do not where the paused one goes to error instead of losing anything unseen', async () => {
    const { runtime, source, seen } = await besidePaused('error');
    expect(source.push(...words(100))).toBeUndefined();
    expect(seen).toEqual(ALL);
    expect(runtime.stats().pipelines['paused']).toMatchObject({ state: 'error', dropped: 97 });
    await runtime.shutdown({ strategy: 'immediate' });
    expectConserved(runtime);
  });
});
