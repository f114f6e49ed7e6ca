/**
 * How far several subscriptions are together. `any`: they bring the same, so a slot is whole when one of them has
 * brought it. `all`: each brings a part.
 */
export class Frontiers {
  readonly #rule: 'any' | 'all';
  readonly #members: number;
  readonly #of = new Map<number, number>();

  constructor(rule: 'any' | 'all', members: number) {
    this.#rule = rule;
    this.#members = members;
  }

  /** The subscription `member` has brought everything up to `slot`. */
  set(member: number, slot: number): void {
    this.#of.set(member, slot);
  }

  /** The subscription was cut: where it is does not count until it is back. */
  drop(member: number): void {
    this.#of.delete(member);
  }

  /** Whether a subscription other than `member` is connected. */
  hasOther(member: number): boolean {
    return this.#of.size > (this.#of.has(member) ? 1 : 0);
  }

  /** Up to where everything has come, -1 when that cannot be said. */
  get whole(): number {
    if (this.#rule === 'any') return Math.max(-1, ...this.#of.values());
    return this.#of.size < this.#members ? -1 : this.slowest;
  }

  /** Where the last of those is that are connected; -1 when none is. */
  get slowest(): number {
    return this.#of.size === 0 ? -1 : Math.min(...this.#of.values());
  }
}
