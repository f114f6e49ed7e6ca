import type {
  CreateContext,
  DestroyReason,
  HookContext,
  ResourceInfo,
  TestPhase,
} from '../contract/poolable.js';
import type { Slot } from '../slot/slot.js';

/** Told when a resource says that it is no good any more, with the number of the attempt that made it. */
export type OnDied<T> = (slot: Slot<T>, attempt: number, error: unknown) => void;

/** Who can describe a slot to the user. */
export interface InfoSource<T> {
  infoOf(slot: Slot<T>): ResourceInfo;
}

/** The context of one call of a hook. Its signal is made when somebody reads it. */
export class HookCall<T> implements HookContext {
  readonly phase: TestPhase | undefined;
  readonly reason: DestroyReason | undefined;
  readonly #host: InfoSource<T>;
  readonly #slot: Slot<T>;
  #controller: AbortController | undefined = undefined;
  #aborted: { readonly reason: unknown } | undefined = undefined;

  constructor(
    host: InfoSource<T>,
    slot: Slot<T>,
    phase: TestPhase | undefined,
    reason: DestroyReason | undefined,
  ) {
    this.#host = host;
    this.#slot = slot;
    this.phase = phase;
    this.reason = reason;
  }

  get info(): ResourceInfo {
    return this.#host.infoOf(this.#slot);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#controller?.abort(reason);
  }
}

/** The context of one attempt to create. */
export class CreateCall<T> extends HookCall<T> implements CreateContext {
  readonly id: number;
  readonly attempt: number;
  readonly #home: Slot<T>;
  readonly #onDied: OnDied<T>;

  constructor(host: InfoSource<T>, slot: Slot<T>, attempt: number, onDied: OnDied<T>) {
    super(host, slot, undefined, undefined);
    this.id = slot.id;
    this.attempt = attempt;
    this.#home = slot;
    this.#onDied = onDied;
  }

  /** A function of its own, for factories that hand it on; made when somebody reads it. */
  get died(): (error?: unknown) => void {
    return (error) => this.#onDied(this.#home, this.attempt, error);
  }
}
