import { EventEmitter } from 'eventemitter3';
import { POOL_EVENT_NAMES, type PoolEventName, type PoolEvents } from '../contract/events.js';

type Listener<E> = (event: E) => void;
/**
 * Which events have listeners. A class with written-out fields: an object built from entries becomes a hash table in
 * V8, and these are read on every loan.
 */
export class Heard implements Record<PoolEventName, boolean> {
  create = false;
  createError = false;
  enqueue = false;
  acquire = false;
  acquireError = false;
  release = false;
  reset = false;
  resetError = false;
  validate = false;
  destroy = false;
  destroyError = false;
  leak = false;
  reclaim = false;
  died = false;
  health = false;
  memory = false;
  resize = false;
  state = false;
  full = false;
  warn = false;
}

/**
 * The events of one pool. `heard` tells for each name whether anybody listens: the pool looks there before it builds
 * an event. eventemitter3 keeps the listeners; the loop is ours because a listener that throws must stop neither the
 * pool nor the next listener.
 */
export class Announcer<T> {
  readonly heard: Heard = new Heard();
  readonly #emitter = new EventEmitter();
  readonly #onListenerError: (error: unknown, event: PoolEventName) => void;
  readonly #onHeardChange: () => void;

  /** `onHeardChange` is told after each change of `heard`. */
  constructor(
    onListenerError: (error: unknown, event: PoolEventName) => void,
    onHeardChange: () => void,
  ) {
    this.#onListenerError = onListenerError;
    this.#onHeardChange = onHeardChange;
  }

  /** Adds a listener; the returned function removes it again. */
  on<E extends PoolEventName>(event: E, listener: Listener<PoolEvents<T>[E]>): () => void {
    if (!Object.hasOwn(this.heard, event)) {
      throw new TypeError(
        `a pool has no event '${String(event)}'; it has ${POOL_EVENT_NAMES.join(', ')}`,
      );
    }
    this.#emitter.on(event, listener);
    this.#hear(event, true);
    return () => this.off(event, listener);
  }

  off<E extends PoolEventName>(event: E, listener: Listener<PoolEvents<T>[E]>): void {
    this.#emitter.off(event, listener);
    this.#hear(event, this.#emitter.listenerCount(event) > 0);
  }

  #hear(event: PoolEventName, heard: boolean): void {
    if (this.heard[event] === heard) return;
    this.heard[event] = heard;
    this.#onHeardChange();
  }

  emit<E extends PoolEventName>(event: E, payload: PoolEvents<T>[E]): void {
    for (const listener of this.#emitter.listeners(event)) {
      try {
        (listener as Listener<PoolEvents<T>[E]>)(payload);
      } catch (error) {
        this.#onListenerError(error, event);
      }
    }
  }
}
