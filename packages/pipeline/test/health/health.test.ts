import { ManualClock } from '@rockpool/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectionCheck,
  HealthChecker,
  type HealthLevel,
  type HealthReport,
  handlerCheck,
  parserCheck,
  queueCheck,
} from '../../src/index.js';
import { handlerStats, pipelineStats, runtimeStats } from '../support/stats.js';

const scripted = (levels: HealthLevel[]) => ({
  name: 'scripted',
  check: () => ({ status: levels.shift() ?? ('healthy' as const), score: 50 }),
});

async function levelsOf(results: HealthLevel[], unhealthyThreshold = 3): Promise<HealthLevel[]> {
  const checker = new HealthChecker({ checks: [scripted([...results])], unhealthyThreshold });
  const levels: HealthLevel[] = [];
  for (const _ of results) levels.push((await checker.round()).status);
  return levels;
}

describe('a health checker', () => {
  it('asks at its interval and tells only when a status changed', async () => {
    const clock = new ManualClock();
    const reports: HealthReport[] = [];
    let asked = 0;
    const checker = new HealthChecker({
      checks: [
        {
          name: 'counting',
          check: () => {
            asked += 1;
            return { status: 'unhealthy', score: 7, detail: 'broken' };
          },
        },
      ],
      clock,
      onChange: (report) => reports.push(report),
    });
    checker.start();
    await clock.advance(9_999);
    expect(asked).toBe(0);
    await clock.advance(20_001);
    expect(asked).toBe(3);
    expect(reports).toEqual([
      {
        status: 'unhealthy',
        score: 7,
        checks: { counting: { status: 'unhealthy', score: 7, detail: 'broken' } },
        consecutiveFailures: { counting: 3 },
        detail: 'counting: broken',
      },
    ]);
    checker.stop();
    await clock.advance(60_000);
    expect(asked).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it('changes a status after three results in a row, for worse and for better', async () => {
    const [bad, good]: HealthLevel[] = ['unhealthy', 'healthy'];
    expect(await levelsOf([bad!, bad!, bad!, good!, good!, good!])).toEqual([
      'healthy',
      'healthy',
      'unhealthy',
      'unhealthy',
      'unhealthy',
      'healthy',
    ]);
    expect(await levelsOf([bad!, bad!, good!, bad!, bad!, good!, bad!])).toEqual(
      Array.from({ length: 7 }, () => 'healthy'),
    );
  });

  it('takes the nearest of three different results', async () => {
    expect((await levelsOf(['unhealthy', 'degraded', 'unhealthy'])).at(-1)).toBe('degraded');
  });

  it('never changes without as many results on that side in a row', () => {
    const level = fc.constantFrom<HealthLevel>('healthy', 'degraded', 'unhealthy');
    return fc.assert(
      fc.asyncProperty(
        fc.array(level, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        async (results, threshold) => {
          const ranks = ['healthy', 'degraded', 'unhealthy'];
          const levels = await levelsOf(results, threshold);
          for (const [index, now] of levels.entries()) {
            const before = levels[index - 1] ?? 'healthy';
            if (now === before) continue;
            expect(index + 1).toBeGreaterThanOrEqual(threshold);
            const side = Math.sign(ranks.indexOf(now) - ranks.indexOf(before));
            for (const result of results.slice(index + 1 - threshold, index + 1)) {
              expect(Math.sign(ranks.indexOf(result) - ranks.indexOf(before))).toBe(side);
            }
          }
        },
      ),
    );
  });

  it('holds a check that throws, or does not answer, for unhealthy', async () => {
    const checker = new HealthChecker({
      unhealthyThreshold: 1,
      checks: [
        { name: 'hangs', check: () => new Promise<never>(() => {}) },
        {
          name: 'throws',
          check: () => {
            throw new Error('no socket');
          },
        },
      ],
    });
    void checker.round();
    await new Promise(setImmediate);
    expect(checker.report().checks['throws']).toEqual({
      status: 'unhealthy',
      score: 0,
      detail: 'the check failed: no socket',
    });
    void checker.round();
    await new Promise(setImmediate);
    expect(checker.report().checks['hangs']?.detail).toBe('has not answered since the last check');
    expect(checker.report()).toMatchObject({ status: 'unhealthy', score: 0 });
  });
});

describe('the check of the queues', () => {
  it.each([
    [79, 'healthy'],
    [80, 'degraded'],
    [94, 'degraded'],
    [95, 'unhealthy'],
  ] as const)('%i of 100 in a buffer is %s', async (queueDepth, status) => {
    const stats = runtimeStats([
      pipelineStats({ id: 'a' }),
      pipelineStats({ id: 'b', queueDepth }),
    ]);
    const found = await queueCheck(() => stats).check();
    expect(found).toMatchObject({ status, detail: `the buffer of b is ${queueDepth} % full` });
    const input = runtimeStats([], { queued: queueDepth });
    expect(await queueCheck(() => input).check()).toMatchObject({ status });
  });
});

describe('the checks of parsers and handlers', () => {
  it('needs 20 samples, and looks back one minute', async () => {
    const clock = new ManualClock();
    let stats = runtimeStats([]);
    const check = parserCheck(() => stats, clock);
    const statusAfter = async (processed: number, parseErrors: number) => {
      stats = runtimeStats([pipelineStats({ id: 'p', processed, parseErrors })]);
      return (await check.check()).status;
    };
    expect(await statusAfter(0, 19)).toBe('healthy');
    expect(await statusAfter(0, 20)).toBe('unhealthy');
    clock.jump(61_000);
    expect(await statusAfter(18, 20)).toBe('healthy');
    clock.jump(61_000);
    expect(await statusAfter(18 + 94, 26)).toBe('degraded');
    clock.jump(61_000);
    expect(await statusAfter(18 + 94 + 95, 31)).toBe('healthy');
  });

  it('judges handlers by their attempts and by their breakers', async () => {
    const clock = new ManualClock();
    const of = async (handler: Parameters<typeof handlerStats>[0]) => {
      const pipeline = pipelineStats({ id: 'p', handlers: [handlerStats(handler)] });
      return handlerCheck(() => runtimeStats([pipeline]), clock).check();
    };
    expect(await of({ name: 'h', succeeded: 95, failures: 5 })).toMatchObject({
      status: 'healthy',
    });
    expect(await of({ name: 'h', succeeded: 94, failures: 6 })).toEqual({
      status: 'degraded',
      score: 94,
      detail: '6 of the last 100 failed in p',
    });
    expect(await of({ name: 'h', succeeded: 49, failures: 51 })).toMatchObject({
      status: 'unhealthy',
    });
    expect(await of({ name: 'h', breaker: 'half-open' })).toMatchObject({ status: 'degraded' });
    expect(await of({ name: 'h', breaker: 'open' })).toEqual({
      status: 'unhealthy',
      score: 0,
      detail: 'the breaker of p.h is open',
    });
  });

  it('asks the source how its connection is', async () => {
    const status = { status: 'degraded', score: 60, detail: 'slow' } as const;
    expect(await connectionCheck({ health: () => status }).check()).toEqual(status);
    expect(await connectionCheck({}).check()).toEqual({ status: 'healthy', score: 100 });
  });
});
