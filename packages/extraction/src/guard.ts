import { CircuitBreaker } from '@rockpool/core/resilience';
import type { Announcer } from './announcer.js';
import type { Settings } from './config/settings.js';
import { FallbackBooks } from './fallback/fallback-books.js';
import { GuardedPath } from './fallback/guarded-path.js';
import { LazyPath } from './fallback/lazy-path.js';
import { NativePath } from './native/native-path.js';
import type { ResolvedExtractionPoolOptions } from './options.js';
import type { ExtractionPath } from './path.js';
import { WasmPath } from './wasm/wasm-path.js';

/** The ways to read a page that the options ask for, and what guards them. */
export interface Guard {
  readonly path: ExtractionPath;
  readonly books: FallbackBooks;
  readonly breaker: CircuitBreaker;
}

/** Native extractors alone, or a component (or another primary path) with native extractors behind it. */
export function guardOf(
  options: ResolvedExtractionPoolOptions,
  announcer: Announcer,
  onPath: (path: ExtractionPath) => void,
): Guard {
  const { settings } = options.configuration;
  const books = new FallbackBooks((note) => announcer.fellBack(note));
  const breaker = breakerOf(settings, options);
  const openNative = (): NativePath => {
    const native = new NativePath(options);
    onPath(native);
    return native;
  };
  const open = openPrimary(options, announcer);
  if (open === undefined) return { path: openNative(), books, breaker };
  const primary = new LazyPath(open, {
    retryMs: options.componentRetryMs,
    clock: options.clock,
    onLoaded: onPath,
  });
  const fallback = settings.enableFallback ? openNative() : undefined;
  return { path: new GuardedPath({ primary, fallback, breaker, books }), books, breaker };
}

function openPrimary(
  {
    component,
    primary,
    name,
    configuration,
    acquireTimeoutMs,
    extractionTimeoutMs,
  }: ResolvedExtractionPoolOptions,
  announcer: Announcer,
): (() => Promise<ExtractionPath>) | undefined {
  if (primary !== undefined) return async () => primary();
  if (component === undefined) return undefined;
  const { settings } = configuration;
  const onWarning = (message: string): void => announcer.warn(message);
  return () =>
    WasmPath.open(component, { name, acquireTimeoutMs, extractionTimeoutMs, settings, onWarning });
}

function breakerOf(
  settings: Settings,
  { name, clock }: ResolvedExtractionPoolOptions,
): CircuitBreaker {
  const percent = settings['breaker.failureRatePercent'];
  return new CircuitBreaker({
    name: `${name}:wasm`,
    openMs: settings['breaker.openMs'],
    maxOpenMs: Math.max(600_000, settings['breaker.openMs']),
    successes: settings['breaker.successThreshold'],
    trip:
      percent === undefined
        ? { kind: 'consecutive', failures: settings['breaker.failureThreshold'] }
        : { kind: 'rate', failureRate: percent / 100, minimumCalls: 10 },
    clock,
  });
}
