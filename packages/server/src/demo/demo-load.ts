import {
  type Clock,
  createPool,
  type Lease,
  type Pool,
  reasonOf,
  type TimerHandle,
} from '@rockpool/core';
import type { EventBus } from '@rockpool/events';
import type { ExtractionPool } from '@rockpool/extraction';
import type { FlakyPath } from './flaky-path.js';
import type { Act, DemoScript } from './script.js';

/** A page to read again and again. */
export interface DemoPage {
  readonly html: Uint8Array;
  readonly url: string;
}

/** What the demonstration needs. */
export interface DemoParts {
  readonly extraction: ExtractionPool;
  readonly path: FlakyPath;
  readonly buffers: Pool<DemoBuffer>;
  readonly bus: EventBus;
  readonly pages: readonly DemoPage[];
  readonly script: DemoScript;
  readonly clock: Clock;
}

/** Something that grows in use. */
export interface DemoBuffer {
  bytes: number;
}

const PAGE_EVERY_MS = 40;
/** Buffers of which each grows from the least to the most: 38 of the 40 MB that the pool may use. */
const BUFFERS = 4;
const LEAST_BYTES = 1_000_000;
const MOST_BYTES = 9_500_000;

const TOLD: Readonly<Record<Act, string>> = {
  calm: 'pages are read as they come',
  failing: 'the first way to read pages fails: the breaker will open, and pages are read natively',
  growing: 'buffers grow: memory pressure will rise',
  shrinking: 'buffers are given back',
  leaking: 'a lease is forgotten: it will be reported',
  found: 'the forgotten lease is given back',
};

/** A pool of buffers that tell how much they use, with a limit that the demonstration reaches. */
export function demoBuffers({ leakThresholdMs }: DemoScript): Pool<DemoBuffer> {
  return createPool<DemoBuffer>(
    {
      create: () => ({ bytes: LEAST_BYTES }),
      memoryBytes: ({ bytes }) => bytes,
      reset: () => true,
    },
    {
      name: 'demo:buffers',
      min: 2,
      max: 6,
      leakThresholdMs,
      poolMemoryLimitBytes: 40_000_000,
      idleTimeoutMs: 10_000,
    },
  );
}

/** Reads pages for as long as it runs, and lets things go wrong by a script that it tells on the bus. */
export class DemoLoad {
  readonly #parts: DemoParts;
  readonly #timers = new Set<TimerHandle>();
  #forgotten: Lease<DemoBuffer> | undefined;
  #page = 0;
  #act: Act = 'calm';

  constructor(parts: DemoParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#round();
    this.#readOn();
  }

  stop(): void {
    for (const timer of this.#timers) this.#parts.clock.clearTimeout(timer);
    this.#timers.clear();
    this.#forgotten?.release();
  }

  #round(): void {
    const { acts, roundMs } = this.#parts.script;
    for (const [atMs, act] of acts) this.#later(atMs, () => this.#begin(act));
    this.#later(roundMs, () => this.#round());
  }

  #begin(act: Act): void {
    const { bus, path, buffers } = this.#parts;
    this.#act = act;
    bus.publish('system.demo', () => ({ message: TOLD[act] }));
    path.trouble = act === 'failing' ? 'failing' : 'none';
    if (act === 'growing') this.#grow();
    if (act === 'shrinking') this.#resizeBuffers(() => LEAST_BYTES);
    if (act === 'leaking') this.#forgotten = buffers.tryAcquire({ label: 'forgotten on purpose' });
    if (act === 'found') this.#forgotten?.release();
  }

  /** Lets buffers grow, a little each time, as long as the act lasts. */
  #grow(): void {
    if (this.#act !== 'growing') return;
    this.#resizeBuffers((bytes) => Math.min(MOST_BYTES, bytes + 900_000));
    this.#later(this.#parts.script.growEveryMs, () => this.#grow());
  }

  /** Borrows some buffers for a moment. */
  #resizeBuffers(sizeAfter: (bytes: number) => number): void {
    const { buffers, bus } = this.#parts;
    const leases = Array.from({ length: BUFFERS }, () => buffers.acquire());
    Promise.all(leases)
      .then((all) => {
        for (const { resource } of all) resource.bytes = sizeAfter(resource.bytes);
        buffers.memory.measure();
        for (const lease of all) lease.release();
      })
      .catch((error: unknown) => {
        bus.publish('system.demo', () => ({ message: reasonOf(error), severity: 'debug' }));
      });
  }

  #readOn(): void {
    const { pages, extraction, bus } = this.#parts;
    const page = pages[this.#page % pages.length];
    this.#page += 1;
    if (page !== undefined) {
      extraction.extract(page.html, page.url).catch((error: unknown) => {
        // A bad page belongs to the demonstration; what is wrong with it is told by its own event.
        bus.publish('system.demo', () => ({
          message: `${page.url}: ${reasonOf(error)}`,
          severity: 'debug',
        }));
      });
    }
    this.#later(PAGE_EVERY_MS, () => this.#readOn());
  }

  #later(ms: number, act: () => void): void {
    const timer = this.#parts.clock.setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    timer.unref?.();
    this.#timers.add(timer);
  }
}
