import type {
  ExtractedDoc,
  ExtractionPath,
  ExtractionPool,
  PageRequest,
  PathCheckout,
  PathLease,
  PathTimings,
  PoolStatus,
  SteerablePool,
} from '@rockpool/extraction';

/** What the demonstration does to its pages. */
export type Trouble = 'none' | 'failing';

/**
 * A real extraction pool as the first way to read a page, which fails when the demonstration wants to show what happens
 * then.
 */
export class FlakyPath implements ExtractionPath {
  trouble: Trouble = 'none';
  readonly #pool: ExtractionPool;

  constructor(pool: ExtractionPool) {
    this.#pool = pool;
  }

  get pools(): readonly SteerablePool[] {
    return this.#pool.pools;
  }

  async checkout(options: PathCheckout): Promise<PathLease> {
    const lease = await this.#pool.checkout(options);
    return {
      get active() {
        return lease.active;
      },
      release: () => lease.release(),
      extract: async ({ html, url, mode }: PageRequest): Promise<ExtractedDoc> => {
        if (this.trouble === 'failing') throw new DemonstratedError();
        return lease.extract(html, url, mode);
      },
    };
  }

  ready(): Promise<void> {
    return this.#pool.ready();
  }

  status(): PoolStatus {
    return this.#pool.poolStatus();
  }

  timings(): PathTimings {
    return this.#pool.metrics();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** A failure that the demonstration makes on purpose. */
class DemonstratedError extends Error {
  readonly code = 'ERR_DEMO_FAILURE';

  constructor() {
    super('the demonstration lets this page fail on purpose');
  }
}
