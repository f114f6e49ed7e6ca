import { Readable } from 'node:stream';
import { type Frame, pipeline, Runtime, type Source, type Update } from '@rockpool/pipeline';
import { Effect, Stream } from 'effect';
import PQueue from 'p-queue';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import { type Entry, measureRounds } from '../measure/rounds.js';
import type { Mode, Row, Scenario } from './scenario.js';

const CONCURRENCY = 8;
const FRAMES_IN_A_PUSH = 100;
const BYTES = new Uint8Array(64);

/** What one value costs when its handler does nothing: all that is measured is the way there. */
export const pipelineScenarios: readonly Scenario[] = [
  {
    id: 'pipeline-values',
    title: 'a value through a pipeline with a handler that does nothing, 8 at once',
    peers: () => [],
    run: (_subjects, mode) => compare(handleNow, mode),
  },
  {
    id: 'pipeline-values-async',
    title: 'a value through a pipeline with an asynchronous handler that does nothing, 8 at once',
    peers: () => [],
    run: (_subjects, mode) => compare(handleLater, mode),
  },
  {
    id: 'pipeline-optimize',
    title: 'a value through a pipeline, with the setting optimize and without',
    peers: () => [],
    run: (_subjects, mode) =>
      measure(
        [
          counted('rockpool', (units) => throughRockpool(units, handleNow, 64)),
          counted('rockpool, every latency measured', (units) =>
            throughRockpool(units, handleNow, 1),
          ),
        ],
        mode,
      ),
  },
];

let handled = 0;

function handleNow(): void {
  handled++;
}

async function handleLater(): Promise<void> {
  handled++;
}

type Handle = () => void | Promise<void>;

async function compare(handle: Handle, mode: Mode): Promise<Row[]> {
  return measure(
    [
      counted('rockpool', (units) => throughRockpool(units, handle)),
      counted('p-queue', (units) => throughQueue(units, handle)),
      counted('rxjs mergeMap', (units) => throughRxjs(units, handle)),
      counted('effect Stream', (units) => throughEffect(units, handle)),
      counted('node Readable', (units) => throughReadable(units, handle)),
    ],
    mode,
  );
}

async function measure(entries: readonly Entry[], mode: Mode): Promise<Row[]> {
  const plan =
    mode === 'quick'
      ? { rounds: 3, units: 20_000, sampleMs: 1, warmUpMs: 400 }
      : { rounds: 9, units: 100_000, sampleMs: 1, warmUpMs: 2_500 };
  const measured = await measureRounds(entries, { ...plan, collect: true });
  return measured.map(({ name, ns, against }) => ({
    subject: name,
    part: 'value',
    unit: 'ns',
    value: ns,
    against,
  }));
}

/** Checks that the handler was called for each value: a benchmark of something that does nothing is easily fast. */
function counted(name: string, run: (units: number) => Promise<void>): Entry {
  return {
    name,
    async sample(units, lap) {
      handled = 0;
      await run(units);
      lap('value');
      if (handled !== units) throw new Error(`${name} handled ${handled} of ${units} values`);
    },
  };
}

interface Numbered extends Update {
  readonly kind: 'number';
  readonly value: number;
}

interface NumberedFrame extends Frame {
  readonly value: number;
}

/** A whole runtime: frames, input buffer, routing, decoding, the pipeline's buffer, parser, handler, figures. */
async function throughRockpool(units: number, handle: Handle, latencyEvery = 64): Promise<void> {
  const parser = { id: 'numbers', kind: 'number' as const, parse: ({ value }: Numbered) => value };
  const runtime = await Runtime.builder<{ number: Numbered }>()
    .source(numbers(units))
    .pipeline(
      pipeline(parser, [{ name: 'nothing', handle }], { concurrency: CONCURRENCY, latencyEvery }),
    )
    .build();
  await runtime.run();
}

function numbers(units: number): Source<{ number: Numbered }> {
  return {
    name: 'numbers',
    async run({ sink }) {
      for (let first = 0; first < units; first += FRAMES_IN_A_PUSH) {
        const frames: NumberedFrame[] = [];
        for (let value = first; value < first + FRAMES_IN_A_PUSH; value++) {
          frames.push({ kind: 'number', bytes: BYTES, value });
        }
        const full = sink.push(frames);
        if (full !== undefined) await full;
      }
      return { type: 'completed' };
    },
    decode(frame, { receivedAtMs }) {
      const { value } = frame as NumberedFrame;
      return [{ kind: 'number', sizeBytes: 64, receivedAtMs, value }];
    },
  };
}

async function throughQueue(units: number, handle: Handle): Promise<void> {
  const queue = new PQueue({ concurrency: CONCURRENCY });
  for (let index = 0; index < units; index++) void queue.add(handle);
  await queue.onIdle();
}

async function throughRxjs(units: number, handle: Handle): Promise<void> {
  // A handler that answers at once still has to be something that mergeMap can subscribe to.
  const work = async (): Promise<void> => handle();
  await lastValueFrom(from(values(units)).pipe(mergeMap(work, CONCURRENCY)));
}

async function throughEffect(units: number, handle: Handle): Promise<void> {
  const work =
    handle === handleNow
      ? () => Effect.sync(() => void handle())
      : () => Effect.promise(async () => handle());
  await Effect.runPromise(
    Stream.runDrain(Stream.mapEffect(Stream.range(1, units), work, { concurrency: CONCURRENCY })),
  );
}

async function throughReadable(units: number, handle: Handle): Promise<void> {
  const mapped = Readable.from(values(units)).map(
    async (value: number) => {
      await handle();
      return value;
    },
    { concurrency: CONCURRENCY },
  );
  for await (const _value of mapped);
}

function* values(units: number): IterableIterator<number> {
  for (let value = 0; value < units; value++) yield value;
}
