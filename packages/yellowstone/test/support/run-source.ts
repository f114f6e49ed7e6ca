import { type Clock, systemClock } from '@rockpool/core';
import type { Sink, SourceEvents, SourceExit, Subscription } from '@rockpool/pipeline';
import type { YellowstoneFrame, YellowstoneSource } from '../../src/index.js';
import { SILENT } from './logger.js';

/** What a sink was told, in order. */
export type Report = {
  [E in keyof SourceEvents]: { readonly event: E; readonly data: SourceEvents[E] };
}[keyof SourceEvents];

/** A sink that keeps everything and calls slots handled `lag` completions late. */
export class TestSink implements Sink<YellowstoneFrame> {
  readonly frames: YellowstoneFrame[] = [];
  readonly reports: Report[] = [];
  readonly completed: bigint[] = [];
  /** A promise here makes the source wait. */
  room: Promise<void> | undefined;
  readonly #lag: number;
  #watchers: { until: () => boolean; resolve: () => void }[] = [];

  constructor(lag = 0) {
    this.#lag = lag;
  }

  push(frames: readonly YellowstoneFrame[]): void | Promise<void> {
    this.frames.push(...frames);
    this.#look();
    return this.room;
  }

  complete(position: bigint): void {
    this.completed.push(position);
  }

  handledUpTo(): bigint | undefined {
    return this.completed.at(-1 - this.#lag);
  }

  report<E extends keyof SourceEvents>(event: E, data: SourceEvents[E]): void {
    this.reports.push({ event, data } as Report);
    this.#look();
  }

  of<E extends keyof SourceEvents>(event: E): SourceEvents[E][] {
    return this.reports.flatMap((each) =>
      each.event === event ? [each.data as SourceEvents[E]] : [],
    );
  }

  /** Resolves as soon as something that came makes it true. */
  when(until: () => boolean): Promise<void> {
    if (until()) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ until, resolve }));
  }

  #look(): void {
    const done = this.#watchers.filter(({ until }) => until());
    this.#watchers = this.#watchers.filter((each) => !done.includes(each));
    for (const { resolve } of done) resolve();
  }
}

/** Asks for kinds of updates, one pipeline for each, whose id is the kind. */
export function wanting(
  kinds: readonly string[],
  filters: Readonly<Record<string, unknown>> = {},
): Map<string, Subscription> {
  return new Map(
    kinds.map((kind) => [
      kind,
      { pipeline: kind, kind, filters: filters[kind] === undefined ? [] : [filters[kind]] },
    ]),
  );
}

/** A running source: stop it, and it tells how it ended. */
export class RunningSource implements AsyncDisposable {
  readonly sink: TestSink;
  readonly exit: Promise<SourceExit>;
  readonly source: YellowstoneSource;
  readonly #controller = new AbortController();

  constructor(
    source: YellowstoneSource,
    kinds: readonly string[],
    options: {
      readonly sink?: TestSink;
      readonly clock?: Clock;
      readonly from?: bigint;
      readonly filters?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    this.source = source;
    this.sink = options.sink ?? new TestSink();
    this.exit = source.run({
      subscriptions: wanting(kinds, options.filters),
      sink: this.sink,
      signal: this.#controller.signal,
      from: options.from,
      clock: options.clock ?? systemClock,
      log: SILENT,
    });
  }

  async stop(): Promise<SourceExit> {
    this.#controller.abort();
    const exit = await this.exit;
    await this.source.dispose();
    return exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
