import { systemClock } from '@rockpool/core';
import { defaultLimits, readInput } from '@rockpool/native-adapter';
import type { CompilerCounters, WasmWorkerInstance, WasmWorkerPool } from '@rockpool/wasm-adapter';
import type { Settings } from '../config/settings.js';
import type { ExtractedDoc } from '../document.js';
import { GuestRefusalError } from '../errors.js';
import type {
  ExtractionPath,
  ExtractionPhases,
  PageRequest,
  PathCheckout,
  PathLease,
  PathTimings,
  PoolStatus,
  SteerablePool,
  WasmFigures,
} from '../path.js';
import { statusOf, timingsOf } from '../pool-figures.js';
import { cacheFolder } from './cache-folder.js';
import { deadlineOf } from './deadline.js';
import { documentOf, guestModeOf } from './document.js';
import { type ExtractorGuest, type GuestContent, refusalOf } from './guest.js';
import { Phases } from './phases.js';
import { type Component, type LoadOptions, loadProgram, sharedPrograms } from './programs.js';

type Pool = WasmWorkerPool<ExtractorGuest>;
type Instance = WasmWorkerInstance<ExtractorGuest>;

/** How the instances of a component are pooled. */
export interface WasmPathOptions {
  readonly name: string;
  readonly acquireTimeoutMs: number;
  readonly extractionTimeoutMs: number;
  readonly settings: Settings;
  /** Told when something works, but not as asked. */
  readonly onWarning: (message: string) => void;
}

/**
 * Pages read by an extractor component, each instance in a worker thread of its own: a page that makes the guest loop,
 * trap or eat memory costs nobody else anything, and the threads use all cores.
 */
export class WasmPath implements ExtractionPath {
  readonly #pool: Pool;
  readonly #initialSize: number;
  readonly #phases: Phases;
  readonly #compiler: () => CompilerCounters;
  readonly #lentBefore = new WeakSet<object>();
  #reused = 0;

  private constructor(pool: Pool, settings: Settings, compiler: () => CompilerCounters) {
    this.#pool = pool;
    this.#initialSize = settings['wasm.initialPoolSize'];
    this.#phases = new Phases(settings.enableMetrics ? 'timed' : 'untimed');
    this.#compiler = compiler;
  }

  /**
   * Compiles a component and makes a pool of it.
   *
   * @throws whatever the component cannot be used for: it is missing, broken, no extractor, or a package is not installed
   */
  static async open(component: Component, options: WasmPathOptions): Promise<WasmPath> {
    const { settings, extractionTimeoutMs } = options;
    const program = await loadProgram(component, {
      ...caching(settings),
      onWarning: options.onWarning,
    });
    const { createWasmPool, compilerCounters } = await import('@rockpool/wasm-adapter');
    const pool = createWasmPool<ExtractorGuest>(program, {
      execution: 'worker',
      name: `${options.name}:wasm`,
      min: settings['wasm.initialPoolSize'],
      max: settings['wasm.maxPoolSize'],
      isolation: settings['wasm.enableReuse'] ? 'snapshot' : 'fresh',
      idleTimeoutMs: settings['wasm.idleTimeoutMs'],
      acquireTimeoutMs: options.acquireTimeoutMs,
      testWhileIdle: settings['health.enabled'],
      keepAliveMs: settings['wasm.healthCheckIntervalMs'],
      stats: settings.enableMetrics ? 'exact' : 'counters',
      coldStartTargetMs: settings['wasm.coldStartTargetMs'],
      onWarning: options.onWarning,
      deadline: deadlineOf(settings, extractionTimeoutMs),
      memory: { limitBytes: settings['wasm.memoryLimitBytes'] },
      retireAfter: {
        calls: settings['wasm.maxUses'],
        failures: settings['wasm.maxFailures'],
        growthFailures: settings['wasm.maxGrowthFailures'],
      },
    });
    if (settings['wasm.enableWitValidation']) await validate(pool);
    return new WasmPath(pool, settings, compilerCounters);
  }

  get pools(): readonly SteerablePool[] {
    return [this.#pool as unknown as SteerablePool];
  }

  async checkout({ signal, timeoutMs, label }: PathCheckout): Promise<WasmLease> {
    const lease = await this.#pool.acquire({ signal, timeoutMs, label });
    if (this.#lentBefore.has(lease.resource)) this.#reused += 1;
    else this.#lentBefore.add(lease.resource);
    return new WasmLease(lease, this.#phases);
  }

  ready(): Promise<void> {
    return this.#pool.ready({ idle: this.#initialSize });
  }

  status(): PoolStatus {
    return statusOf(this.#pool.stats());
  }

  timings(): PathTimings {
    return timingsOf(this.#pool.stats(), this.#reused);
  }

  wasm(): WasmFigures {
    const stats = this.#pool.wasmStats();
    const compiler = this.#compiler();
    return {
      // Workers tell the most that one of them had: taken for each of those that are alive.
      memoryPages: stats.peakPages * this.#pool.size,
      peakMemoryPages: stats.peakPages,
      growFailures: stats.growthFailures,
      deadlineStops: stats.deadlineStops + stats.hardKills,
      memoryLimitFailures: stats.memoryLimitFailures,
      traps: stats.traps,
      coldStartMs: stats.coldStartMs,
      coldStartsOverTarget: stats.coldStartsOverTarget,
      aotCacheHits: compiler.memoryHits + compiler.diskHits + sharedPrograms(),
      aotCacheMisses: compiler.rewritten,
    };
  }

  phases(): ExtractionPhases {
    return this.#phases.timings(this.#pool.stats().timings.wait);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** What is kept of a component: nothing, or its program in this process and what it was made from on disk. */
function caching(settings: Settings): Pick<LoadOptions, 'share' | 'cacheDirectory'> {
  if (!settings['wasm.enableAotCache']) return { share: 'own', cacheDirectory: undefined };
  return { share: 'shared', cacheDirectory: settings['wasm.cacheDirectory'] ?? cacheFolder() };
}

/**
 * Asks the component for its modes, so that one that is no extractor is refused before the first page.
 * @throws whatever it fails with; the pool is closed then
 */
async function validate(pool: Pool): Promise<void> {
  try {
    const modes: unknown = await pool.call('getModes');
    if (!Array.isArray(modes) || !modes.includes('article')) {
      throw new Error(`its modes are ${JSON.stringify(modes)}; an extractor has the mode article`);
    }
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** An instance of the component on loan. */
class WasmLease implements PathLease {
  readonly #lease: Awaited<ReturnType<Pool['acquire']>>;
  readonly #phases: Phases;

  constructor(lease: Awaited<ReturnType<Pool['acquire']>>, phases: Phases) {
    this.#lease = lease;
    this.#phases = phases;
  }

  get active(): boolean {
    return this.#lease.active;
  }

  async extract({ html, url, mode }: PageRequest): Promise<ExtractedDoc> {
    const phase = this.#phases.begin();
    const text = readInput(html, 'html', defaultLimits);
    phase.end('decode');
    const startedAt = systemClock.now();
    const instance: Instance = this.#lease.resource;
    try {
      const answered = instance.call('extract', text, url ?? '', guestModeOf(mode));
      const content = (await answered.finally(() => phase.end('guest'))) as GuestContent;
      const document = documentOf(content, mode, systemClock.now() - startedAt);
      phase.end('document');
      return document;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined) throw new GuestRefusalError(refusal.variant, refusal.detail);
      // A worker that had to be ended is not lent again.
      if (!instance.validate()) this.#lease.destroy(error);
      else this.#lease.fail(error);
      throw error;
    }
  }

  release(): void {
    if (this.#lease.active) this.#lease.release();
  }
}
