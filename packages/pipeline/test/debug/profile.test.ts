import { describe, expect, it } from 'vitest';
import { advise, collectProfile, TraceRing } from '../../src/index.js';
import { handlerStats, pipelineStats, runtimeStats } from '../support/stats.js';

function hotFunctionOfTheTest(): number {
  let sum = 0;
  for (let index = 0; index < 200_000; index += 1) sum += Math.sqrt(index);
  return sum;
}

describe('a profile', () => {
  it('names the function that takes the time, and shows event loop, memory and stages', async () => {
    const enough = new AbortController();
    let processed = 10;
    const collecting = collectProfile({
      signal: enough.signal,
      stats: () => runtimeStats([pipelineStats({ id: 'p', processed, queueDepth: 3 })]),
    });
    await new Promise(setImmediate);
    await expect
      .poll(() => {
        const until = performance.now() + 100;
        while (performance.now() < until) hotFunctionOfTheTest();
        processed += 5;
        return processed;
      })
      .toBeGreaterThanOrEqual(30);
    enough.abort();
    const profile = await collecting;
    const names = profile.cpuProfile.nodes.map(({ callFrame }) => callFrame.functionName);
    expect(names).toContain('hotFunctionOfTheTest');
    expect(profile.cpuProfile.endTime).toBeGreaterThan(profile.cpuProfile.startTime);
    expect(profile.eventLoop.utilization).toBeGreaterThan(0.1);
    expect(profile.eventLoop.delayMaxMs).toBeGreaterThan(50);
    expect(profile.memory.heapUsed).toBeGreaterThan(0);
    expect(profile.stages).toMatchObject([{ pipeline: 'p', processed: 20, queueDepth: 3 }]);
  });

  it('ends after its time and leaves nothing behind', async () => {
    const first = await collectProfile({ durationMs: 30 });
    expect(first.durationMs).toBeGreaterThanOrEqual(29);
    // A session that was left open would keep the profiler, and a second one would find it running.
    expect((await collectProfile({ durationMs: 30 })).cpuProfile.nodes.length).toBeGreaterThan(0);
  });
});

describe('a trace ring', () => {
  it('keeps the last entries, oldest first, and knows how many there were', () => {
    const ring = new TraceRing<number>(3);
    expect(ring.toArray()).toEqual([]);
    for (const entry of [1, 2]) ring.add(entry);
    expect(ring.toArray()).toEqual([1, 2]);
    for (const entry of [3, 4, 5]) ring.add(entry);
    expect(ring.toArray()).toEqual([3, 4, 5]);
    expect(ring.seen).toBe(5);
    ring.clear();
    expect(ring.toArray()).toEqual([]);
  });
});

describe('advice', () => {
  const boundOf = (given: Partial<Parameters<typeof pipelineStats>[0]>) =>
    advise(runtimeStats([pipelineStats({ id: 'p', ...given })]), () => 8)[0];

  it.each([
    ['a buffer that is empty', { queueDepth: 0, running: 8 }, 'source'],
    ['a full buffer and all handlers at work', { queueDepth: 50, running: 8 }, 'handler'],
    ['a full buffer and idle handlers', { queueDepth: 100, running: 3 }, 'parser'],
    [
      'an open breaker, whatever else',
      { queueDepth: 100, running: 0, handlers: [handlerStats({ name: 'h', breaker: 'open' })] },
      'failures',
    ],
  ] as const)('%s', (_, figures, bound) => {
    const advice = boundOf(figures);
    expect(advice).toMatchObject({ pipeline: 'p', bound });
    expect(advice!.because.length + advice!.remedy.length).toBeGreaterThan(40);
  });
});
