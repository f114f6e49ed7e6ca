import { createPool, type Lease, type Pool } from '@rockpool/core';
import type {
  ExtractedDoc,
  ExtractionPath,
  PageRequest,
  PathCheckout,
  PathLease,
  SteerablePool,
} from '../../src/index.js';
import { statusOf, timingsOf } from '../../src/pool-figures.js';

/** What an extractor of the scripted path does with the next page. */
export type Script = (page: PageRequest) => Promise<Partial<ExtractedDoc>>;

/** An error with a code, as another package would throw it. */
export function coded(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * A primary path whose extractors do what a test says, on a real pool: so leases, waiting and time-outs are those of
 * any path.
 */
export class ScriptedPath implements ExtractionPath {
  readonly pool: Pool<object>;
  script: Script = () => Promise.resolve({ title: 'by the primary path', text: 'words' });

  constructor({ create = () => ({}), max = 2 }: { create?: () => object; max?: number } = {}) {
    this.pool = createPool<object>({ create }, { name: 'scripted', max, createRetry: false });
  }

  get pools(): readonly SteerablePool[] {
    return [this.pool as unknown as SteerablePool];
  }

  async checkout(options: PathCheckout): Promise<PathLease> {
    return new ScriptedLease(await this.pool.acquire(options), (page) => this.script(page));
  }

  ready(): Promise<void> {
    return this.pool.ready();
  }

  status(): ReturnType<typeof statusOf> {
    return statusOf(this.pool.stats());
  }

  timings(): ReturnType<typeof timingsOf> {
    return timingsOf(this.pool.stats(), 0);
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

class ScriptedLease implements PathLease {
  readonly #lease: Lease<object>;
  readonly #script: Script;

  constructor(lease: Lease<object>, script: Script) {
    this.#lease = lease;
    this.#script = script;
  }

  get active(): boolean {
    return this.#lease.active;
  }

  async extract(page: PageRequest): Promise<ExtractedDoc> {
    const document = await this.#script(page);
    return {
      parserMetadata: { parserUsed: 'wasm', fallbackOccurred: false },
      ...document,
    } as ExtractedDoc;
  }

  release(): void {
    this.#lease.release();
  }
}
