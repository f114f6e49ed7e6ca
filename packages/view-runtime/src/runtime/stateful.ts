import type { Call } from '../host/call.js';
import type { Guest, Host } from '../host/host.js';
import type { StoreMark } from '../store/store.js';

/** Why a kept instance was given up. */
export type RecycleReason = 'trap' | 'uses' | 'pages' | 'tip' | 'height' | 'reorganisation';

/** When a kept instance is given up; each is a whole number. */
export interface RecyclePolicy {
  /** Views answered. */
  readonly maxUses: number;
  /** Pages of memory, 64 KiB each. */
  readonly maxPages: number;
  /** Whether one instance may serve several heights and tips; `'declared'`: what the module says. */
  readonly heightSafe: boolean | 'declared';
}

/** What one kept instance belongs to. */
interface Binding {
  readonly epoch: number;
  readonly reorganisations: number;
  readonly height: number;
}

/**
 * The instance whose memory persists between views.
 *
 * A guest may remember what it has read, and most guests remember it without the height. So an instance serves one
 * height between two changes of the store and is then replaced. A module that declares itself height-safe – by an
 * export `__height_safe`, a function or a global that is not 0 – keeps its instance across heights and new blocks, but
 * never across a reorganisation, and never sees a height above the tip: both would make its memory wrong about a height
 * it remembers.
 */
export class StatefulViews {
  readonly #host: Host;
  readonly #policy: RecyclePolicy;
  readonly recycled: Record<RecycleReason, number> = {
    trap: 0,
    uses: 0,
    pages: 0,
    tip: 0,
    height: 0,
    reorganisation: 0,
  };
  #guest: Guest | undefined;
  #binding: Binding | undefined;
  #heightSafe: boolean | undefined;
  #uses = 0;

  constructor(host: Host, policy: RecyclePolicy) {
    this.#host = host;
    this.#policy = policy;
  }

  /** Whether there is an instance now. */
  get warm(): boolean {
    return this.#guest !== undefined;
  }

  /** Makes the instance before it is wanted. */
  prepare(mark: StoreMark, call: Call): void {
    this.#make(mark, call);
  }

  /** The instance for a view of `call.height`; `undefined`: this view must have a fresh one. */
  take(mark: StoreMark, call: Call): Guest | undefined {
    const stale = this.#guest && this.#staleness(mark, call.height);
    if (stale !== undefined) this.#recycle(stale);
    const guest = this.#guest ?? this.#make(mark, call);
    if (this.#heightSafe === true && call.height > (mark.tip ?? -1)) return undefined;
    this.#uses++;
    return guest;
  }

  /** After each view of a taken instance. */
  giveBack(outcome: 'answered' | 'broken'): void {
    const pages = this.#guest?.pages ?? 0;
    if (outcome === 'broken') this.#recycle('trap');
    else if (this.#uses >= this.#policy.maxUses) this.#recycle('uses');
    else if (pages > this.#policy.maxPages) this.#recycle('pages');
  }

  dispose(): void {
    this.#guest = undefined;
    this.#binding = undefined;
    this.#uses = 0;
  }

  #staleness(mark: StoreMark, height: number): RecycleReason | undefined {
    const binding = this.#binding as Binding;
    if (binding.reorganisations !== mark.reorganisations) return 'reorganisation';
    if (this.#heightSafe === true) return undefined;
    if (binding.epoch !== mark.epoch) return 'tip';
    return binding.height === height ? undefined : 'height';
  }

  #make(mark: StoreMark, call: Call): Guest {
    const guest = this.#host.instantiate(call);
    this.#heightSafe ??= this.#asksToBeHeightSafe(guest, call);
    this.#guest = guest;
    this.#uses = 0;
    this.#binding = {
      epoch: mark.epoch,
      reorganisations: mark.reorganisations,
      height: call.height,
    };
    return guest;
  }

  #asksToBeHeightSafe(guest: Guest, call: Call): boolean {
    if (this.#policy.heightSafe !== 'declared') return this.#policy.heightSafe;
    const declaration = guest.function('__height_safe');
    if (declaration === undefined) return (guest.numberOf('__height_safe') ?? 0) !== 0;
    return Number(this.#host.run(guest, declaration, call)) !== 0;
  }

  #recycle(reason: RecycleReason): void {
    this.recycled[reason]++;
    this.dispose();
  }
}
