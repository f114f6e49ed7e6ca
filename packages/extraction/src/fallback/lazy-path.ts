import { type Clock, systemClock } from '@rockpool/core';
import { ComponentError } from '../errors.js';
import type { ExtractionPath } from '../path.js';

type Loading =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly path: Promise<ExtractionPath> }
  | { readonly kind: 'loaded'; readonly path: ExtractionPath }
  | { readonly kind: 'failed'; readonly error: ComponentError; readonly retryAt: number }
  | { readonly kind: 'closed' };

/** A path that is made when it is first needed, and tried again in the background after it could not be made. */
export class LazyPath {
  readonly #make: () => Promise<ExtractionPath>;
  readonly #retryMs: number;
  readonly #clock: Clock;
  readonly #onLoaded: (path: ExtractionPath) => void;
  #state: Loading = { kind: 'idle' };

  constructor(
    make: () => Promise<ExtractionPath>,
    options: {
      readonly retryMs: number;
      readonly clock?: Clock | undefined;
      readonly onLoaded: (path: ExtractionPath) => void;
    },
  ) {
    this.#make = make;
    this.#retryMs = options.retryMs;
    this.#clock = options.clock ?? systemClock;
    this.#onLoaded = options.onLoaded;
  }

  /** The path, if it is there. */
  get loaded(): ExtractionPath | undefined {
    return this.#state.kind === 'loaded' ? this.#state.path : undefined;
  }

  /**
   * The path; waits while it is being made for the first time.
   * @throws ComponentError `ERR_EXTRACTION_COMPONENT` when it could not be made; the next attempt is made without
   * anybody waiting for it, `retryMs` later
   */
  async get(): Promise<ExtractionPath> {
    const state = this.#state;
    if (state.kind === 'loaded') return state.path;
    if (state.kind === 'loading') return state.path;
    if (state.kind === 'closed') throw new ComponentError(new Error('the pool is closed'));
    if (state.kind === 'idle') return this.#load();
    if (this.#clock.now() >= state.retryAt) {
      // In the background: whoever asks now has waited enough for this component. Its failure is kept as the state.
      this.#load().catch(() => undefined);
    }
    throw state.error;
  }

  /** Ends the path, also one that is still being made. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    const path = state.kind === 'loading' ? await state.path.catch(() => undefined) : pathOf(state);
    await path?.close();
  }

  async #load(): Promise<ExtractionPath> {
    const path = this.#attempt();
    this.#state = { kind: 'loading', path };
    return path;
  }

  async #attempt(): Promise<ExtractionPath> {
    try {
      const path = await this.#make();
      if (this.#state.kind !== 'closed') {
        this.#state = { kind: 'loaded', path };
        this.#onLoaded(path);
      }
      return path;
    } catch (error) {
      const failure = error instanceof ComponentError ? error : new ComponentError(error);
      if (this.#state.kind !== 'closed') {
        const retryAt = this.#clock.now() + this.#retryMs;
        this.#state = { kind: 'failed', error: failure, retryAt };
      }
      throw failure;
    }
  }
}

function pathOf(state: Loading): ExtractionPath | undefined {
  return state.kind === 'loaded' ? state.path : undefined;
}
