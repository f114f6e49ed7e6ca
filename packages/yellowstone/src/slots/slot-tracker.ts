/** Why a slot was left out. */
export const DISCARD_REASONS = ['dead', 'forked', 'untracked', 'incomplete'] as const;
/**
 * `dead`: the chain gave it up · `forked`: what was confirmed does not build on it · `untracked`: its block meta did not
 * come, so that nobody knows what belongs to it · `incomplete`: not all of its updates were parsed in time.
 */
export type DiscardReason = (typeof DISCARD_REASONS)[number];

/** A slot whose gates are both open. */
export interface OrderedSlot<Out> {
  readonly slot: bigint;
  readonly parent: bigint;
  readonly blockhash: string;
  /** In the order in which they stand in the block. */
  readonly values: readonly Out[];
  /** Whether `parent` is the slot that was handed out before; `false` for the first, and behind what was left out. */
  readonly follows: boolean;
}

/** What the tracker is made with. */
export interface TrackerLimits {
  /** Slots that are remembered at once; the oldest are left out beyond. */
  readonly maxSlots: number;
  /** A confirmed slot is left out when so many slots above it are confirmed, and it is still not whole. */
  readonly patienceSlots: number;
}

/** What the tracker finds out. */
export interface TrackerListener<Out> {
  onSlot(slot: OrderedSlot<Out>): void;
  onDiscard(slot: bigint, reason: DiscardReason): void;
}

interface Tracked<Out> {
  readonly slot: bigint;
  readonly values: { readonly index: number; readonly value: Out }[];
  parent: bigint | undefined;
  blockhash: string | undefined;
  expected: number | undefined;
  seen: number;
  failed: boolean;
  confirmed: boolean;
}

/**
 * Follows slots until both of their gates are open: all their updates were parsed, and the chain confirmed them. Hands
 * them out from parent to child, each at once and whole.
 */
export class SlotTracker<Out> {
  readonly #limits: TrackerLimits;
  readonly #listener: TrackerListener<Out>;
  readonly #slots = new Map<bigint, Tracked<Out>>();
  /** Above `#settled`, slots that are left out already. */
  readonly #gone = new Set<bigint>();
  #settled = -1n;
  #last: bigint | undefined;
  #topConfirmed = -1n;

  constructor(limits: TrackerLimits, listener: TrackerListener<Out>) {
    this.#limits = limits;
    this.#listener = listener;
  }

  /** Slots that are remembered. */
  get size(): number {
    return this.#slots.size;
  }

  /** An update of the slot was parsed. */
  value(slot: bigint, index: number, value: Out): void {
    const tracked = this.#track(slot);
    if (tracked === undefined) return;
    tracked.values.push({ index, value });
    tracked.seen++;
    this.#settle();
  }

  /** An update of the slot was none of the parser's affair. */
  skipped(slot: bigint): void {
    const tracked = this.#track(slot);
    if (tracked === undefined) return;
    tracked.seen++;
    this.#settle();
  }

  /** An update of the slot could not be parsed: it will never be whole. */
  failed(slot: bigint): void {
    const tracked = this.#track(slot);
    if (tracked === undefined) return;
    tracked.failed = true;
    this.#settle();
  }

  /** The block meta of the slot: what builds on what, and how many updates there are. */
  block(slot: bigint, parent: bigint, blockhash: string, expected: number): void {
    const tracked = this.#track(slot);
    if (tracked === undefined) return;
    tracked.parent = parent;
    tracked.blockhash = blockhash;
    tracked.expected = expected;
    if (tracked.confirmed) this.#confirmAncestors(tracked);
    this.#settle();
  }

  confirmed(slot: bigint, parent?: bigint): void {
    const tracked = this.#track(slot);
    if (tracked === undefined) return;
    tracked.parent ??= parent;
    this.#confirm(tracked);
    this.#settle();
  }

  dead(slot: bigint): void {
    if (slot <= this.#settled) return;
    this.#discard(slot, 'dead');
    this.#settle();
  }

  /** The block of the slot was replaced: what came of it is void. */
  reset(slot: bigint): void {
    if (!this.#slots.has(slot)) return;
    this.#slots.set(slot, {
      ...newSlot<Out>(slot),
      confirmed: this.#slots.get(slot)?.confirmed ?? false,
    });
  }

  /** `undefined`: the slot was handed out or left out before. */
  #track(slot: bigint): Tracked<Out> | undefined {
    if (slot <= this.#settled || this.#gone.has(slot)) return undefined;
    let tracked = this.#slots.get(slot);
    if (tracked === undefined) {
      tracked = newSlot(slot);
      this.#slots.set(slot, tracked);
    }
    return tracked;
  }

  /** What a confirmed block builds on is confirmed too, said or not. */
  #confirm(from: Tracked<Out>): void {
    if (from.slot > this.#topConfirmed) this.#topConfirmed = from.slot;
    from.confirmed = true;
    this.#confirmAncestors(from);
  }

  #confirmAncestors(from: Tracked<Out>): void {
    let child = from;
    while (child.parent !== undefined) {
      this.#discardBetween(child.parent, child.slot);
      // Before the first slot was handed out, a parent of which nothing came is one from before our time.
      const known = this.#last !== undefined || this.#slots.has(child.parent);
      const parent = known ? this.#track(child.parent) : undefined;
      if (parent === undefined || parent.confirmed) return;
      parent.confirmed = true;
      child = parent;
    }
  }

  /** Nothing between a confirmed block and its parent is part of the chain. */
  #discardBetween(parent: bigint, child: bigint): void {
    if (child - parent === 1n) return;
    for (const slot of this.#slots.keys()) {
      if (slot > parent && slot < child) this.#discard(slot, 'forked');
    }
  }

  #discard(slot: bigint, reason: DiscardReason): void {
    if (this.#gone.has(slot)) return;
    this.#slots.delete(slot);
    this.#gone.add(slot);
    this.#listener.onDiscard(slot, reason);
  }

  /** Hands out what can be handed out, and leaves out what is in the way for too long. */
  #settle(): void {
    for (;;) {
      const next = this.#lowestConfirmed();
      if (next === undefined) break;
      if (isWhole(next)) {
        this.#handOut(next);
      } else if (next.failed || this.#isOvertaken(next) || this.#isFromBefore(next)) {
        this.#discard(next.slot, next.expected === undefined ? 'untracked' : 'incomplete');
      } else break;
    }
    while (this.#slots.size > this.#limits.maxSlots) this.#discardOldest();
  }

  #handOut(next: Tracked<Out> & Whole): void {
    const { slot, parent, blockhash } = next;
    const values = next.values.sort((a, b) => a.index - b.index).map(({ value }) => value);
    const follows = parent === this.#last;
    this.#last = slot;
    this.#slots.delete(slot);
    // What is below and was not confirmed by now is no ancestor.
    for (const each of this.#slots.keys()) if (each < slot) this.#discard(each, 'forked');
    this.#settleUpTo(slot);
    this.#listener.onSlot({ slot, parent, blockhash, values, follows });
  }

  #settleUpTo(slot: bigint): void {
    this.#settled = slot;
    for (const each of this.#gone) if (each <= slot) this.#gone.delete(each);
  }

  #isOvertaken({ slot }: Tracked<Out>): boolean {
    return this.#topConfirmed - slot > BigInt(this.#limits.patienceSlots);
  }

  /** A status of a slot that lies before everything of which something came. */
  #isFromBefore({ slot, seen, expected }: Tracked<Out>): boolean {
    if (this.#last !== undefined || seen > 0 || expected !== undefined) return false;
    for (const each of this.#slots.values()) if (each.slot > slot && each.seen > 0) return true;
    return false;
  }

  #lowestConfirmed(): Tracked<Out> | undefined {
    let lowest: Tracked<Out> | undefined;
    for (const each of this.#slots.values()) {
      if (each.confirmed && (lowest === undefined || each.slot < lowest.slot)) lowest = each;
    }
    return lowest;
  }

  #discardOldest(): void {
    let oldest: Tracked<Out> | undefined;
    for (const each of this.#slots.values()) {
      if (oldest === undefined || each.slot < oldest.slot) oldest = each;
    }
    const { slot, expected, seen } = oldest as Tracked<Out>;
    const reason = expected === undefined ? 'untracked' : seen < expected ? 'incomplete' : 'forked';
    this.#discard(slot, reason);
    this.#settleUpTo(slot);
  }
}

interface Whole {
  readonly parent: bigint;
  readonly blockhash: string;
}

function isWhole<Out>(tracked: Tracked<Out>): tracked is Tracked<Out> & Whole {
  const { expected, seen, failed, parent } = tracked;
  return expected !== undefined && seen >= expected && !failed && parent !== undefined;
}

function newSlot<Out>(slot: bigint): Tracked<Out> {
  return {
    slot,
    values: [],
    parent: undefined,
    blockhash: undefined,
    expected: undefined,
    seen: 0,
    failed: false,
    confirmed: false,
  };
}
