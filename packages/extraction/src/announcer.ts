import { reasonOf } from '@rockpool/core';
import type { EventBus } from '@rockpool/events';
import type { ExtractedDoc } from './document.js';
import type { FallbackNote } from './fallback/fallback-books.js';
import type { ExtractionEnd } from './metrics.js';
import type { PageRequest } from './path.js';

/** Tells an event bus about extractions; without a bus, nobody. Nothing is made for an event that nobody wants. */
export class Announcer {
  readonly #bus: EventBus | undefined;
  readonly #warned = new Set<string>();

  constructor(bus: EventBus | undefined) {
    this.#bus = bus;
  }

  started(page: PageRequest): void {
    this.#bus?.publish('extraction.started', () => subject(page));
  }

  ended(page: PageRequest, end: ExtractionEnd<ExtractedDoc>): void {
    const bus = this.#bus;
    if (bus === undefined) return;
    const { durationMs } = end;
    if (end.kind === 'read') {
      const { text } = end.result;
      bus.publish('extraction.completed', () => ({
        ...subject(page),
        durationMs,
        contentLength: text.length,
      }));
      return;
    }
    bus.publish(end.kind === 'timeout' ? 'extraction.timeout' : 'extraction.failed', () => ({
      ...subject(page),
      durationMs,
      errorDetails: reasonOf(end.error),
    }));
  }

  fellBack({ url, trigger, error }: FallbackNote): void {
    this.#bus?.publish('extraction.fallback_used', () => ({
      url: url ?? '',
      extractionMode: 'native',
      errorDetails: `${trigger}: ${reasonOf(error)}`,
    }));
  }

  /** Something works, but not as asked: an event, or a process warning once for each kind. */
  warn(message: string): void {
    if (this.#bus !== undefined) {
      this.#bus.publish('system.warning', () => ({ message, severity: 'warn' }));
      return;
    }
    const kind = message.replaceAll(/\d+/g, '0');
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    process.emitWarning(message, { code: 'ROCKPOOL_EXTRACTION' });
  }
}

function subject({ url, mode }: PageRequest): { url: string; extractionMode: string } {
  return { url: url ?? '', extractionMode: typeof mode === 'string' ? mode : 'custom' };
}
