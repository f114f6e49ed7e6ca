import { type LruCacheStats, sumOf } from '../cache/caches.js';
import type { CacheStats } from '../cache/lru.js';
import type { EngineStats } from '../runtime/engine.js';
import type { RecycleReason } from '../runtime/stateful.js';

/** What one thread has done, or several together. */
export interface ThreadStats extends EngineStats {
  /** Modules compiled there; 0 as long as every thread uses the module that was compiled once for all. */
  readonly compilations: number;
  readonly caches: LruCacheStats;
}

const REASONS: readonly RecycleReason[] = [
  'trap',
  'uses',
  'pages',
  'tip',
  'height',
  'reorganisation',
];
const CACHES = ['main', 'height', 'api'] as const;
const FIELDS = ['hits', 'misses', 'items', 'memoryUsage', 'evictions'] as const;
const LENGTH = 4 + REASONS.length + CACHES.length * FIELDS.length + 2;

/** Room for the statistics of one thread, readable from here while the thread is busy. */
export function statsBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(LENGTH * Float64Array.BYTES_PER_ELEMENT);
}

export function writeStats(board: SharedArrayBuffer, stats: ThreadStats): void {
  const { caches } = stats;
  new Float64Array(board).set([
    stats.instances,
    stats.statefulViews,
    stats.freshViews,
    stats.compilations,
    ...REASONS.map((reason) => stats.recycled[reason]),
    ...CACHES.flatMap((cache) => FIELDS.map((field) => caches[cache][field])),
    caches.call.hits,
    caches.call.misses,
  ]);
}

export function readStats(board: SharedArrayBuffer): ThreadStats {
  return statsFrom([...new Float64Array(board)]);
}

/** The sums over several threads. */
export function addStats(all: readonly ThreadStats[]): ThreadStats {
  const boards = all.map((stats) => {
    const board = statsBoard();
    writeStats(board, stats);
    return new Float64Array(board);
  });
  return statsFrom(
    Array.from({ length: LENGTH }, (_, i) => boards.reduce((sum, each) => sum + (each[i] ?? 0), 0)),
  );
}

function statsFrom(numbers: readonly number[]): ThreadStats {
  let at = 0;
  const next = (): number => numbers[at++] ?? 0;
  const cache = (): CacheStats => ({
    hits: next(),
    misses: next(),
    items: next(),
    memoryUsage: next(),
    evictions: next(),
  });
  const [instances, statefulViews, freshViews, compilations] = [next(), next(), next(), next()];
  const recycled = Object.fromEntries(REASONS.map((reason) => [reason, next()])) as Record<
    RecycleReason,
    number
  >;
  const [main, height, api] = [cache(), cache(), cache()];
  const call = { hits: next(), misses: next() };
  const caches = { main, height, api, call, total: sumOf([main, height, api]) };
  return { instances, statefulViews, freshViews, compilations, recycled, caches };
}
