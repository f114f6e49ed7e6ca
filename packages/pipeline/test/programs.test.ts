import {
  type Ordering,
  type OverflowPolicy,
  pipeline,
  type ShutdownStrategy,
} from '@rockpool/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectConserved, settled, start, textParser, type Word, word } from './support.js';

type Step =
  | { readonly do: 'push'; readonly count: number; readonly keys: number }
  | { readonly do: 'pause' | 'resume' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'settle' };

/** What a handler does with a value, decided by the value: succeed or fail so many times, at once or later, or never answer. */
type Mood = 'ok' | 'later' | 'once' | 'later-once' | 'always' | 'hang';
const MOODS: readonly Mood[] = [
  'ok',
  'ok',
  'ok',
  'later',
  'later',
  'once',
  'later-once',
  'always',
  'hang',
];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      count: fc.integer({ min: 1, max: 20 }),
      keys: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 10, 50, 200, 1_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
);

const program = fc.record({
  ordering: fc.constantFrom<Ordering>('none', 'by-key', 'strict'),
  overflowPolicy: fc.constantFrom<OverflowPolicy>('block', 'drop-oldest', 'drop-newest', 'error'),
  maxCapacity: fc.integer({ min: 1, max: 12 }),
  inputCapacity: fc.integer({ min: 1, max: 12 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  lookahead: fc.integer({ min: 1, max: 10 }),
  batches: fc.constantFrom('none' as const, 'beside' as const, 'alone' as const),
  mode: fc.constantFrom('parallel' as const, 'sequential' as const),
  deadLetter: fc.constantFrom('drop' as const, 'fail' as const),
  breaker: fc.boolean(),
  moods: fc.array(fc.constantFrom(...MOODS), { minLength: 1, maxLength: 30 }),
  asyncParser: fc.boolean(),
  steps: fc.array(step, { maxLength: 25 }),
  strategy: fc.constantFrom<ShutdownStrategy | 'completed'>(
    'process-pending',
    'finish-in-flight',
    'immediate',
    'completed',
  ),
});

describe('any program of pushes, pauses, failures and shutdowns', () => {
  it('keeps the law of conservation at each step, the order of each key, and handles nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (plan) => {
        let pushed = 0;
        const later: (() => void)[] = [];
        const moodOf = (text: string): Mood =>
          plan.moods[Number(text.split(':')[1]) % plan.moods.length]!;
        const succeeded: string[] = [];
        const begun: string[] = [];
        const running = new Map<string, number>();
        const act = (text: string, attempt: number, signal: AbortSignal): void | Promise<void> => {
          const mood = moodOf(text);
          const key = text.split(':')[0]!;
          if (attempt === 1) begun.push(text);
          const busy = (running.get(key) ?? 0) + 1;
          running.set(key, busy);
          if (plan.ordering !== 'none') expect(busy).toBe(1);
          let ended = false;
          const over = (): void => {
            if (!ended) running.set(key, running.get(key)! - 1);
            ended = true;
          };
          const outcome = (): void => {
            // A well-behaved handler does nothing more when its time is up.
            if (signal.aborted) return;
            over();
            if (mood === 'always' || (mood.endsWith('once') && attempt === 1))
              throw new Error(mood);
            succeeded.push(`single ${text}`);
          };
          if (mood !== 'hang' && !mood.startsWith('later')) return outcome();
          signal.addEventListener('abort', over);
          if (mood === 'hang') return new Promise(() => undefined);
          return new Promise<void>((resolve) => later.push(resolve)).then(outcome);
        };
        const single = {
          name: 'single',
          handle: (
            text: string,
            _update: Word,
            { attempt, signal }: { attempt: number; signal: AbortSignal },
          ) => act(text, attempt, signal),
        };
        const batch = {
          name: 'batch',
          batch: { size: 3 },
          handleBatch: (items: readonly { value: string }[], { attempt }: { attempt: number }) => {
            const failed = items.flatMap(({ value }, index) => {
              const mood = moodOf(value);
              if (mood === 'always' || (mood.endsWith('once') && attempt === 1)) {
                return [{ index, error: new Error(mood) }];
              }
              succeeded.push(`batch ${value}`);
              return [];
            });
            return { failed };
          },
        };
        const handlers = { none: [single], beside: [single, batch], alone: [batch] }[plan.batches];
        const started = await start(
          (builder) =>
            builder.pipeline(
              pipeline(
                {
                  ...textParser,
                  parse: ({ text }: Word) =>
                    plan.asyncParser && text.length % 2 === 0
                      ? new Promise<string>((resolve) => later.push(() => resolve(text)))
                      : text,
                },
                handlers,
                {
                  mode: plan.mode,
                  ordering: plan.ordering,
                  key: ({ key }: Word) => key,
                  concurrency: plan.concurrency,
                  lookahead: plan.lookahead,
                  handlerTimeoutMs: 500,
                  buffer: { maxCapacity: plan.maxCapacity, overflowPolicy: plan.overflowPolicy },
                  retry: { maxAttempts: 2, initialBackoffMs: 20, deadLetter: plan.deadLetter },
                  breaker: plan.breaker ? { failureThreshold: 3, recoveryTimeoutMs: 100 } : false,
                },
              ),
            ),
          { input: { maxCapacity: plan.inputCapacity } },
        );
        const { runtime, source, clock, ran } = started;
        const words = runtime.pipelines.get('words')!;
        const answer = async (): Promise<void> => {
          for (const resolve of later.splice(0)) resolve();
          await settled();
        };
        for (const each of plan.steps) {
          if (each.do === 'push') {
            const frames = Array.from({ length: each.count }, () =>
              word(`k${pushed % each.keys}:${pushed++}`),
            );
            void source.push(...frames);
          } else if (each.do === 'pause') {
            if (words.state === 'running') void runtime.pause('words');
          } else if (each.do === 'resume') runtime.resume('words');
          else if (each.do === 'wait') await clock.advance(each.ms);
          else await answer();
          expectConserved(runtime);
          const { running: now, queueDepth } = words.stats();
          expect(now).toBeLessThanOrEqual(plan.concurrency);
          expect(queueDepth).toBeLessThanOrEqual(plan.maxCapacity);
        }
        const ending =
          plan.strategy === 'completed' ? ran : runtime.shutdown({ strategy: plan.strategy });
        if (plan.strategy === 'completed') {
          source.end();
          if (words.state === 'paused') runtime.resume('words');
        }
        // Time passes and handlers answer until it is over; it has to be over after the longest patience.
        const end = { seen: false };
        void ending.then(() => {
          end.seen = true;
        });
        for (let round = 0; round < 600 && !end.seen; round++) {
          await answer();
          await clock.advance(100);
        }
        expect(end.seen).toBe(true);
        await ran;
        expectConserved(runtime);
        const stats = words.stats();
        expect(stats.inFlight).toBe(0);
        expect(new Set(succeeded).size).toBe(succeeded.length);
        expect(new Set(begun).size).toBeLessThanOrEqual(pushed);
        if (plan.ordering !== 'none' && plan.batches === 'none' && plan.deadLetter !== 'fail') {
          const order = new Map<string, number>();
          for (const text of begun) {
            const [key, number] = text.split(':') as [string, string];
            const lane = plan.ordering === 'strict' ? '' : key;
            expect(Number(number)).toBeGreaterThan(order.get(lane) ?? -1);
            order.set(lane, Number(number));
          }
        }
        await answer();
        expectConserved(runtime);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
