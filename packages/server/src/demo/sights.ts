import { EventEmitter, once } from 'node:events';
import type { Cockpit } from '../cockpit/cockpit.js';
import type { Paint } from '../paint.js';
import { showBytes } from '../quantities.js';
import { onOneLine } from '../report/printable.js';

/** What somebody who watches the demonstration is to see. */
export const SIGHTS = ['a trip', 'a recovery', 'memory pressure', 'a leak'] as const;
export type Sight = (typeof SIGHTS)[number];

/** Watches a cockpit: says what happens as it happens, and knows what was seen. */
export class Sights {
  readonly #seen = new Set<Sight>();
  readonly #changed = new EventEmitter();
  readonly #ends: (() => void)[] = [];

  constructor({ bus, extraction, clock }: Cockpit, paint: Paint, say: (line: string) => void) {
    const startedAt = clock.now();
    const tell = (text: string): void => {
      const after = ((clock.now() - startedAt) / 1_000).toFixed(1);
      say(`${paint.dim(`${after.padStart(5)} s`)}  ${onOneLine(text)}`);
    };
    const end = [
      extraction.breaker.onChange(({ to }) => {
        if (to === 'open') this.#see('a trip');
        if (to === 'closed') this.#see('a recovery');
      }),
      bus.on('system.*', ({ eventType, severity, message }) => {
        if (severity !== 'debug') tell(severity === 'info' ? message : paint.bad(message));
        if (eventType === 'system.leak') this.#see('a leak');
      }),
      bus.on('pool.memory_pressure', ({ poolId, level, usedBytes, limitBytes }) => {
        const used = `${showBytes(usedBytes)} of ${showBytes(limitBytes)}`;
        tell(`the memory pressure of ${poolId} is ${level}: ${used}`);
        if (level === 'high' || level === 'critical') this.#see('memory pressure');
      }),
      bus.on('health.*', ({ status, details = '' }) => {
        tell(`health is ${status}${details === '' ? '' : `, because of ${details}`}`);
      }),
    ];
    this.#ends.push(...end);
  }

  /** What of it has not been seen. */
  get missing(): readonly Sight[] {
    return SIGHTS.filter((sight) => !this.#seen.has(sight));
  }

  /** Settles when all of `wanted` has been seen, or at the latest when `signal` aborts. */
  async until(wanted: readonly Sight[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted && wanted.some((sight) => !this.#seen.has(sight))) {
      await once(this.#changed, 'seen', { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #see(sight: Sight): void {
    this.#seen.add(sight);
    this.#changed.emit('seen');
  }
}
