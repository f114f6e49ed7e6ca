import type { Capacity, CapacityMember } from '../engine/capacity.js';

/**
 * One budget of places for many pools. A place that becomes free goes to the pool whose waiter came first; while some
 * pool lacks a place, an idle resource of the pool that was used least recently is ended for it.
 */
export class Budget {
  readonly #total: number;
  /** All members, least recently used first. */
  readonly #byRecency: () => Iterable<CapacityMember>;
  readonly #fair: boolean;
  readonly #lacking = new Set<CapacityMember>();
  #taken = 0;
  /** Evictions whose place has not come back yet. */
  #evicting = 0;
  #serving = false;

  constructor(
    total: number,
    order: 'first-come' | 'each-for-itself',
    byRecency: () => Iterable<CapacityMember>,
  ) {
    this.#total = total;
    this.#fair = order === 'first-come';
    this.#byRecency = byRecency;
  }

  get taken(): number {
    return this.#taken;
  }

  get room(): number {
    return this.#total - this.#taken;
  }

  /** The share of one pool. */
  shareOf(member: () => CapacityMember): Capacity {
    const budget = this;
    return {
      get room() {
        return budget.room;
      },
      take() {
        budget.#taken++;
      },
      give() {
        budget.#taken--;
        if (budget.#evicting > 0) budget.#evicting--;
        member().onShrink();
        budget.#serve();
      },
      lacking() {
        budget.#lack(member());
      },
      // Without fairness the own waiters go first; with none of them an idle resource would only be in the way.
      yields: (ownSince) =>
        (budget.#fair || ownSince === undefined) && budget.#olderThan(ownSince, member()),
    };
  }

  forget(member: CapacityMember): void {
    this.#lacking.delete(member);
  }

  #lack(member: CapacityMember): void {
    this.#lacking.add(member);
    if (this.#evicting >= this.#lacking.size || this.room > 0) return;
    for (const other of this.#byRecency()) {
      if (other === member || other.idle === 0) continue;
      this.#evicting++;
      if (other.evictOldest()) return;
      this.#evicting--;
    }
  }

  #olderThan(ownSince: number | undefined, own: CapacityMember): boolean {
    if (this.room > 0 || this.#evicting >= this.#lacking.size) return false;
    for (const member of this.#lacking) {
      const since = member === own ? undefined : member.oldestWaitAt;
      if (since !== undefined && (ownSince === undefined || since < ownSince)) return true;
    }
    return false;
  }

  /** Hands free places to those who lack one, whose waiter came first. */
  #serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.room > 0) {
        const next = this.#first();
        if (next === undefined) return;
        this.#lacking.delete(next);
        next.pump();
      }
    } finally {
      this.#serving = false;
    }
  }

  #first(): CapacityMember | undefined {
    let first: CapacityMember | undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const member of this.#lacking) {
      const at = member.oldestWaitAt;
      if (at === undefined) this.#lacking.delete(member);
      else if (at < earliest) {
        earliest = at;
        first = member;
      }
    }
    return first;
  }
}
