import { type Clock, systemClock } from '@rockpool/core';
import type { Extension } from '../contract/extension.js';
import type { MetricsSink } from '../contract/ports.js';
import type { Runtime } from '../contract/runtime.js';
import { PipelineStateError } from '../errors.js';
import { every } from '../time/every.js';
import { COMPAT_FAMILIES } from './compat.js';
import { exposition, metricsAsJson } from './exposition.js';
import { FAMILIES } from './families.js';
import type { Family, MetricsReading, PoolReading } from './family.js';
import { SinkFeed } from './feed.js';
import { type PushOptions, pushMetrics } from './push.js';

/** What metrics a runtime has, and where they go. */
export interface MetricsOptions {
  /** What every name begins with. Default `'rockpool_vixen_'`. */
  readonly prefix?: string | undefined;
  /** Between two pushes to `pushTo` and two tellings of `sinks`, in ms. Default 10,000. */
  readonly intervalMs?: number | undefined;
  /** A Pushgateway, as http(s) URL. Default: nothing is pushed. */
  readonly pushTo?: string | undefined;
  readonly push?: PushOptions | undefined;
  /** Told at every interval, and once more at the end. */
  readonly sinks?: readonly MetricsSink[] | undefined;
  /** The 23 counters of Vixen as well. Default false. */
  readonly compat?: boolean | undefined;
  /** Pools to show beside the pipelines. */
  readonly pools?: (() => readonly PoolReading[]) | undefined;
  /** Told what a push or a sink failed with. Default a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** How metrics are exported once. */
export interface ExportOptions {
  /** Default `'prometheus'`, the text exposition. */
  readonly format?: 'prometheus' | 'json' | undefined;
  /** Push the exposition there as well. */
  readonly pushTo?: string | undefined;
}

/** The metrics of a runtime while it runs. */
export interface MetricsExtension extends Extension {
  /** Every family under its full name, for adapters. */
  readonly families: readonly Family[];
  /** The figures now. @throws PipelineStateError `ERR_PIPELINE_STATE` before the runtime has begun */
  read(): MetricsReading;
  /**
   * The figures as text, and pushes them if asked to.
   * @throws ConnectionError `ERR_PIPELINE_CONNECTION` when they cannot be pushed
   */
  export(options?: ExportOptions): Promise<string>;
}

/** Metrics of a runtime, as an extension. They are read from its figures: counting costs nothing on top. */
export function metricsExtension(options: MetricsOptions = {}): MetricsExtension {
  return new RuntimeMetrics(options);
}

class RuntimeMetrics implements MetricsExtension {
  readonly name = 'metrics';
  readonly families: readonly Family[];
  readonly #options: MetricsOptions;
  readonly #clock: Clock;
  readonly #feeds: readonly SinkFeed[];
  readonly #ends: (() => void)[] = [];
  #runtime: Runtime | undefined;
  #reconnects = 0;
  #telling: Promise<void> | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { prefix = 'rockpool_vixen_', compat = false } = options;
    this.families = [
      ...FAMILIES.map((family) => ({ ...family, name: `${prefix}${family.name}` })),
      ...(compat ? COMPAT_FAMILIES : []),
    ];
    this.#feeds = (options.sinks ?? []).map((sink) => new SinkFeed(sink));
  }

  start(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#ends.push(
      runtime.on('reconnected', () => {
        this.#reconnects += 1;
      }),
    );
    if (this.#options.pushTo === undefined && this.#feeds.length === 0) return;
    const { intervalMs = 10_000 } = this.#options;
    this.#ends.push(every(this.#clock, intervalMs, () => void this.#tell()));
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    if (this.#runtime === undefined) return;
    await this.#telling;
    await this.#tell();
    await this.#guarded(() => Promise.all(this.#feeds.map((feed) => feed.close())));
  }

  read(): MetricsReading {
    if (this.#runtime === undefined) {
      throw new PipelineStateError('metrics were asked for before the runtime has begun');
    }
    const pools = this.#options.pools?.() ?? [];
    return { stats: this.#runtime.stats(), reconnects: this.#reconnects, pools };
  }

  async export({ format = 'prometheus', pushTo }: ExportOptions = {}): Promise<string> {
    const reading = this.read();
    const text = exposition(this.families, reading);
    if (pushTo !== undefined) {
      await pushMetrics(pushTo, text, this.#options.push ?? {}, this.#clock);
    }
    return format === 'json' ? metricsAsJson(this.families, reading) : text;
  }

  /** Never rejects. One that is slower than the interval is not overtaken by the next. */
  #tell(): Promise<void> {
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = undefined;
    });
    return this.#telling;
  }

  async #tellAll(): Promise<void> {
    const { pushTo, push = {} } = this.#options;
    await this.#guarded(async () => {
      for (const feed of this.#feeds) {
        feed.feed(this.families, this.read());
        await feed.flush();
      }
    });
    if (pushTo === undefined) return;
    await this.#guarded(() =>
      pushMetrics(pushTo, exposition(this.families, this.read()), push, this.#clock),
    );
  }

  async #guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { onError = warn } = this.#options;
      onError(error);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
