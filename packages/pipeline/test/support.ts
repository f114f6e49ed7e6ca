import { ManualClock } from '@rockpool/core/testing';
import type {
  Logger,
  PipelineCounts,
  Runtime,
  RuntimeBuilder,
  RuntimeOptions,
  Sink,
  Source,
  SourceExit,
  SourceRun,
  Update,
} from '@rockpool/pipeline';
import { Runtime as runtime } from '@rockpool/pipeline';
import { expect } from 'vitest';

/** The updates of these tests: a word with a key, and a number. */
export interface Word extends Update {
  readonly kind: 'word';
  readonly text: string;
  readonly key: string;
}
export interface Count extends Update {
  readonly kind: 'count';
  readonly value: number;
}
export interface Kinds {
  readonly word: Word;
  readonly count: Count;
}

/** A word on its way in. */
export interface WordFrame {
  readonly kind: 'word' | 'count' | 'broken';
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly key: string;
  readonly position?: bigint;
  readonly filters?: readonly string[];
  readonly sizeBytes?: number;
}

const encoder = new TextEncoder();

/** A frame of a word; its key is the part before the first `:`. */
export function word(text: string, more: Partial<WordFrame> = {}): WordFrame {
  return { kind: 'word', bytes: encoder.encode(text), text, key: text.split(':')[0]!, ...more };
}

export function words(count: number, more: Partial<WordFrame> = {}): WordFrame[] {
  return Array.from({ length: count }, (_, index) => word(`w${index}`, more));
}

/** A source that the test drives: it pushes frames by hand and ends the stream when it likes. */
export class HandSource implements Source<Kinds> {
  readonly name = 'hand';
  decoded = 0;
  disposed = 0;
  started: SourceRun | undefined;
  #end!: (exit: SourceExit) => void;

  async run(run: SourceRun): Promise<SourceExit> {
    this.started = run;
    return new Promise<SourceExit>((resolve) => {
      this.#end = resolve;
      run.signal.addEventListener('abort', () => resolve({ type: 'cancelled' }));
    });
  }

  get sink(): Sink {
    return this.started!.sink;
  }

  push(...frames: readonly WordFrame[]): void | Promise<void> {
    return this.sink.push(frames);
  }

  end(exit: SourceExit = { type: 'completed' }): void {
    this.#end(exit);
  }

  decode(
    frame: WordFrame,
    { receivedAtMs, wanted }: { receivedAtMs: number; wanted: ReadonlySet<string> },
  ): readonly (Word | Count)[] {
    this.decoded++;
    if (frame.kind === 'broken') throw new Error(`not a word: ${frame.text}`);
    const common = {
      position: frame.position,
      filters: frame.filters,
      sizeBytes: frame.sizeBytes ?? frame.bytes.byteLength,
      receivedAtMs,
    };
    const made: (Word | Count)[] = [];
    if (wanted.has('word'))
      made.push({ ...common, kind: 'word', text: frame.text, key: frame.key });
    if (wanted.has('count')) made.push({ ...common, kind: 'count', value: frame.text.length });
    return made;
  }

  dispose(): void {
    this.disposed++;
  }
}

/** A parser that gives the text back. */
export const textParser = {
  id: 'words',
  kind: 'word' as const,
  parse: (update: Word): string => update.text,
};

/** A handler whose answers the test gives by hand. */
export class Gated {
  readonly name: string;
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  running = 0;
  most = 0;
  readonly #open: { text: string; resolve: () => void; reject: (error: unknown) => void }[] = [];

  constructor(name = 'gated') {
    this.name = name;
  }

  handle = (text: string): Promise<void> => {
    this.begun.push(text);
    this.most = Math.max(this.most, ++this.running);
    return new Promise<void>((resolve, reject) =>
      this.#open.push({ text, resolve, reject }),
    ).finally(() => {
      this.running--;
      this.ended.push(text);
    });
  };

  get waiting(): readonly string[] {
    return this.#open.map(({ text }) => text);
  }

  async succeed(text?: string): Promise<void> {
    this.#take(text).resolve();
    await settled();
  }

  async fail(
    text: string | undefined,
    error: unknown = new Error(`no ${text ?? 'good'}`),
  ): Promise<void> {
    this.#take(text).reject(error);
    await settled();
  }

  async succeedAll(): Promise<void> {
    while (this.#open.length > 0) await this.succeed();
  }

  #take(text: string | undefined) {
    const index = text === undefined ? 0 : this.#open.findIndex((each) => each.text === text);
    const [taken] = this.#open.splice(index, 1);
    if (index < 0 || taken === undefined) throw new Error(`${text} is not being handled`);
    return taken;
  }
}

/** Lets promise callbacks run. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

export interface Started {
  readonly runtime: Runtime;
  readonly source: HandSource;
  readonly clock: ManualClock;
  /** What `run()` resolves or rejects with. */
  readonly ran: Promise<SourceExit>;
}

/** Builds with a hand source and a manual clock, and runs. */
export async function start(
  describe: (builder: RuntimeBuilder<Kinds>) => RuntimeBuilder<Kinds>,
  options: RuntimeOptions = {},
): Promise<Started> {
  const source = new HandSource();
  const clock = new ManualClock();
  const built = await describe(runtime.builder<Kinds>().source(source)).build({
    clock,
    random: () => 1,
    log: SILENT,
    ...options,
  });
  const ran = built.run();
  ran.catch(() => undefined);
  await settled();
  return { runtime: built, source, clock, ran };
}

export const SILENT: Logger = {
  level: 'silent',
  log: () => undefined,
  child: () => SILENT,
};

/** What comes in is somewhere: for each pipeline, and for the frames. */
export function expectConserved(runtime: Runtime): void {
  const { input, pipelines } = runtime.stats();
  for (const counts of Object.values(pipelines)) expect(sumOf(counts)).toBe(counts.received);
  const { received, routed, unrouted, decodeErrors, dropped, discarded, queued } = input;
  expect(routed + unrouted + decodeErrors + dropped + discarded + queued).toBe(received);
}

export function sumOf(counts: PipelineCounts): number {
  const { processed, filtered, parseErrors, dropped, deadLettered } = counts;
  const { discarded, abandoned, inFlight } = counts;
  return (
    processed + filtered + parseErrors + dropped + deadLettered + discarded + abandoned + inFlight
  );
}
