import { PIPELINE_TRANSITIONS, type PipelineState, pipeline } from '@rockpool/pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateMachine } from '../src/state/machine.js';
import { expectConserved, Gated, settled, start, textParser, word, words } from './support.js';

const STATES = Object.keys(PIPELINE_TRANSITIONS) as PipelineState[];

describe('the states of a pipeline', () => {
  it('move only as the table allows, and each move is told', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATES), { maxLength: 30 }), (wishes) => {
        const told: string[] = [];
        const machine = new StateMachine('pipeline x', (from, to) => told.push(`${from} ${to}`));
        const expected: string[] = [];
        let state: PipelineState = 'initializing';
        for (const wish of wishes) {
          const legal = PIPELINE_TRANSITIONS[state].includes(wish);
          expect(machine.can(wish)).toBe(legal);
          if (legal) {
            machine.move(wish);
            expected.push(`${state} ${wish}`);
            state = wish;
          } else {
            expect(() => machine.move(wish)).toThrowError(
              `pipeline x is ${state} and cannot become ${wish}`,
            );
          }
          expect(machine.state).toBe(state);
        }
        expect(told).toEqual(expected);
      }),
    );
  });

  it('are those of the seed: from initializing to running and paused, to error and back by resume, to shutdown for good', () => {
    expect(PIPELINE_TRANSITIONS).toEqual({
      initializing: ['running', 'error', 'shutdown'],
      running: ['paused', 'error', 'shutdown'],
      paused: ['running', 'error', 'shutdown'],
      error: ['running', 'shutdown'],
      shutdown: [],
    });
  });

  it('are told to listeners of the runtime, for it and for each pipeline', async () => {
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [])),
    );
    const told: string[] = [];
    runtime.on('state', ({ pipeline: id = 'runtime', from, to }) =>
      told.push(`${id} ${from} ${to}`),
    );
    await runtime.pause();
    runtime.resume();
    source.end();
    await ran;
    expect(told).toEqual([
      'runtime running paused',
      'words running paused',
      'runtime paused running',
      'words paused running',
      'runtime running shutdown',
      'words running shutdown',
    ]);
    expect(() => runtime.resume()).toThrowError(
      'runtime runtime is shutdown and cannot become running',
    );
    await expect(runtime.pause('words')).rejects.toMatchObject({ code: 'ERR_PIPELINE_STATE' });
  });
});

describe('pause', () => {
  it('of one pipeline begins nothing more there, and does not touch the other', async () => {
    const [one, two] = [new Gated('one'), new Gated('two')];
    const { runtime, source, ran } = await start((builder) =>
      builder
        .pipeline(pipeline(textParser, [one], { id: 'one', concurrency: 1 }))
        .pipeline(pipeline(textParser, [two], { id: 'two', concurrency: 1 })),
    );
    await source.push(...words(3));
    let paused = false;
    const pausing = runtime.pause('one').then(() => {
      paused = true;
    });
    await settled();
    expect(paused).toBe(false);
    await one.succeed();
    await pausing;
    expect(one.waiting).toEqual([]);
    await two.succeedAll();
    expect(two.ended).toEqual(['w0', 'w1', 'w2']);
    expect(runtime.stats().pipelines['one']).toMatchObject({ state: 'paused', queueDepth: 2 });
    runtime.resume('one');
    await one.succeedAll();
    source.end();
    await ran;
    expect(one.ended).toEqual(['w0', 'w1', 'w2']);
    expectConserved(runtime);
  });

  it('fills the buffer, and then its overflow policy applies', async () => {
    const seen: string[] = [];
    const { runtime, source, ran } = await start((builder) =>
      builder.pipeline(
        pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }], {
          buffer: { maxCapacity: 2, overflowPolicy: 'drop-oldest' },
        }),
      ),
    );
    await runtime.pause('words');
    await source.push(...words(5));
    expect(seen).toEqual([]);
    runtime.resume('words');
    expect(seen).toEqual(['w3', 'w4']);
    source.end();
    await ran;
    expectConserved(runtime);
  });

  it('for a minute loses nothing: what comes meanwhile waits, at last at the source', async () => {
    const seen: string[] = [];
    const { runtime, source, clock, ran } = await start(
      (builder) =>
        builder.pipeline(
          pipeline(textParser, [{ name: 'see', handle: (text) => void seen.push(text) }], {
            buffer: { maxCapacity: 5 },
          }),
        ),
      { input: { maxCapacity: 5 } },
    );
    await runtime.pause();
    const pushed = source.push(...words(100));
    expect(pushed).toBeInstanceOf(Promise);
    await clock.advance(60_000);
    expect(seen).toEqual([]);
    expect(runtime.stats().input.received).toBe(11);
    runtime.resume();
    await pushed;
    source.end();
    await ran;
    expect(seen).toEqual(words(100).map(({ text }) => text));
  });

  it('holds back attempts whose wait is over', async () => {
    const gated = new Gated();
    const { runtime, source, clock } = await start((builder) =>
      builder.pipeline(pipeline(textParser, [gated], { retry: { jitter: 'none' } })),
    );
    await source.push(word('a'));
    await gated.fail('a');
    await runtime.pause();
    await clock.advance(10_000);
    expect(gated.waiting).toEqual([]);
    runtime.resume();
    expect(gated.waiting).toEqual(['a']);
    await gated.succeed();
    await runtime.shutdown();
  });
});
