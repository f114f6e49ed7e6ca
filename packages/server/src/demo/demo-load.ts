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
  readonly clock: Clock;
}

/** Something that grows in use. */
export interface DemoBuffer {
  bytes: number;
}

/** A round of the demonstration: seconds from its beginning, and what begins then. */
const SCRIPT: readonly (readonly [atSecond: number, act: Act])[] = [
  [0, 'calm'],
  [15, 'failing'],
  [23, 'calm'],
  [60, 'growing'],
  [75, 'shrinking'],
  [78, 'leaking'],
  [84, 'found'],
];
const ROUND_SECONDS = 90;
const PAGE_EVERY_MS = 40;

type Act = 'calm' | 'failing' | 'growing' | 'shrinking' | 'leaking' | 'found';

const TOLD: Readonly<Record<Act, string>> = {
  calm: 'pages are read as they come',
  failing: 'the first way to read pages fails: the breaker will open, and pages are read natively',
  growing: 'buffers grow: memory pressure will rise',
  shrinking: 'buffers are given back',
  leaking: 'a lease is forgotten: it will be reported',
  found: 'the forgotten lease is given back',
};

/** A pool of buffers that tell how much they use, with a limit that the demonstration reaches. */
export function demoBuffers(clock?: Clock): Pool<DemoBuffer> {
  return createPool<DemoBuffer>(
    { create: () => ({ bytes: 1_000_000 }), memoryBytes: ({ bytes }) => bytes, reset: () => true },
    {
      name: 'demo:buffers',
      min: 2,
      max: 6,
      leakThresholdMs: 3_000,
      poolMemoryLimitBytes: 40_000_000,
      idleTimeoutMs: 10_000,
      clock,
    },
  );
}

/** Reads pages for as long as it runs, and lets things go wrong by a script that it tells on the bus. */
export class DemoLoad {
  readonly #parts: DemoParts;
  readonly #timers = new Set<TimerHandle>();
  readonly #held: Lease<DemoBuffer>[] = [];
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
    for (const lease of this.#held.splice(0)) lease.release();
  }

  #round(): void {
    for (const [atSecond, act] of SCRIPT) this.#later(atSecond * 1_000, () => this.#begin(act));
    this.#later(ROUND_SECONDS * 1_000, () => this.#round());
  }

  #begin(act: Act): void {
    const { bus, path, buffers } = this.#parts;
    this.#act = act;
    bus.publish('system.demo', () => ({ message: TOLD[act] }));
    path.trouble = act === 'failing' ? 'failing' : 'none';
    if (act === 'growing') this.#grow();
    if (act === 'shrinking' || act === 'found') {
      for (const lease of this.#held.splice(0)) {
        lease.resource.bytes = 1_000_000;
        lease.release();
      }
    }
    if (act === 'leaking') {
      const lease = buffers.tryAcquire({ label: 'forgotten by the demonstration' });
      if (lease !== undefined) this.#held.push(lease);
    }
  }

  /** Takes one buffer after the other and lets it grow, as long as the act lasts. */
  #grow(): void {
    if (this.#act !== 'growing') return;
    const { buffers } = this.#parts;
    const lease = buffers.borrowed < 4 ? buffers.tryAcquire() : undefined;
    if (lease !== undefined) this.#held.push(lease);
    for (const { resource } of this.#held)
      resource.bytes = Math.min(9_500_000, resource.bytes + 900_000);
    buffers.memory.measure();
    this.#later(1_000, () => this.#grow());
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
