import type { DestroyReason } from '../contract/poolable.js';
import type { Outcome } from '../lifecycle/door.js';
import { lifetimeMs } from '../policy/lifetime.js';
import { extrasOf, healthOfSlot, type Slot } from '../slot/slot.js';
import { UNSHARED } from './capacity.js';
import type { Yard } from './yard.js';

/** How resources leave the pool. Every one of them goes through `endResource`, exactly once. */
export class Ending<T> {
  readonly #yard: Yard<T>;

  constructor(yard: Yard<T>) {
    this.#yard = yard;
  }

  /** Why a slot must end instead of being used again; `undefined` = it need not. */
  verdict(slot: Slot<T>): DestroyReason | undefined {
    const { state, ledger, sizes, capacity, line } = this.#yard;
    if (slot.extras?.doom !== undefined) return slot.extras.doom;
    if (state === 'closing' || state === 'closed') return 'close';
    if (ledger.size > sizes.max) return 'shrink';
    if (capacity !== UNSHARED && capacity.yields(line.oldestAt)) return 'surplus';
    return this.wear(slot);
  }

  /** Why a slot must take no further loan, by what it has been through. */
  wear(slot: Slot<T>): DestroyReason | undefined {
    const { options, memory } = this.#yard;
    if (slot.uses >= options.maxUses) return 'uses';
    if (healthOfSlot(slot) < options.minHealth * 100) return 'unhealthy';
    if (memory.isOver(slot)) return 'memory';
    return this.expired(slot) ? 'lifetime' : undefined;
  }

  /** Whether a resource has reached its lifetime, by the coarse clock. */
  expired(slot: Slot<T>): boolean {
    const { maxLifetimeMs, jitter } = this.#yard.options;
    if (maxLifetimeMs === 0) return false;
    return this.#yard.coarse - slot.createdAt >= lifetimeMs(slot.id, maxLifetimeMs, jitter);
  }

  /** Marks a slot that somebody still holds or works on: it ends as soon as it comes back. */
  doom(slot: Slot<T>, reason: DestroyReason, error?: unknown): void {
    const extras = extrasOf(slot);
    // What has died has died, whatever it was to end for before.
    if (extras.doom === undefined || reason === 'died') {
      extras.doom = reason;
      extras.doomError = error;
    }
    this.#yard.shared.close(slot);
  }

  /** Tells those who hold a slot, and listen, that it is no good any more. */
  alert(slot: Slot<T>, reason: unknown): void {
    const loans = slot.extras?.loans;
    if (loans !== undefined) for (const loan of loans) loan.abort(reason);
  }

  /**
   * Ends a slot that is not, or no longer, on the shelf. Its place is free when its `destroy` has answered; the
   * promise (none if it answered at once) settles then and never rejects.
   */
  retire(slot: Slot<T>, reason: DestroyReason, error?: unknown): Promise<void> | undefined {
    const { ledger, shared } = this.#yard;
    if (shared.sharing) shared.close(slot);
    ledger.move(slot, 'destroying');
    if (slot.uses > 0) this.#yard.provenId = Math.max(this.#yard.provenId, slot.id);
    else if (reason === 'died' || reason === 'invalid') this.#yard.onStillborn(slot, error);
    const done = this.endResource(slot, reason, error);
    if (done === undefined) {
      this.#remove(slot);
      return undefined;
    }
    return done.then(() => this.#remove(slot));
  }

  /** Calls `destroy` and writes down what came of it; the slot keeps its place. */
  endResource(slot: Slot<T>, reason: DestroyReason, error?: unknown): Promise<void> | undefined {
    const { counters, options, door } = this.#yard;
    if (reason === 'invalid') counters.invalid++;
    this.alert(slot, error);
    const beganAt = options.stats === 'exact' ? this.#yard.now() : 0;
    const answer = door.destroy(slot, reason);
    if (answer instanceof Promise) {
      const startedAt = this.#yard.justNow; // read when the hook's deadline was set
      return answer.then((outcome) => this.#ended(slot, reason, outcome, startedAt));
    }
    this.#ended(slot, reason, answer, beganAt);
    return undefined;
  }

  /** Gives up on a slot whose hook does not answer, at the end of `close`. Its resource is counted as abandoned. */
  abandon(slot: Slot<T>): void {
    const { counters, destroyedBy } = this.#yard;
    if (slot.resource !== undefined && slot.state !== 'creating') {
      counters.destroyed++;
      destroyedBy.abandoned++;
    }
    this.#yard.removeSlot(slot);
  }

  #ended(slot: Slot<T>, reason: DestroyReason, outcome: Outcome, startedAt: number): void {
    if (slot.state === 'gone') return; // given up by `close`, and counted then
    const { counters, destroyedBy, events, timings, options } = this.#yard;
    const resource = slot.resource as T;
    counters.destroyed++;
    destroyedBy[reason]++;
    if (startedAt !== 0 && options.stats !== 'counters') {
      timings.destroy.record(this.#yard.now() - startedAt);
    }
    if (outcome.kind === 'failed') {
      counters.destroyErrors++;
      if (events.heard.destroyError) {
        events.emit('destroyError', { info: this.#yard.infoOf(slot), error: outcome.error });
      }
    }
    if (events.heard.destroy) {
      events.emit('destroy', { resource, info: this.#yard.infoOf(slot), reason });
    }
  }

  #remove(slot: Slot<T>): void {
    if (slot.state === 'gone') return;
    this.#yard.removeSlot(slot);
    this.#yard.pump();
  }
}
