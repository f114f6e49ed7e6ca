/** The range of entries that guest code of one instance wrote, kept by the rewriter's barriers. */
export interface WrittenRange {
  readonly low: WebAssembly.Global;
  readonly high: WebAssembly.Global;
}

/**
 * A guest's table that can be put back. Guest writes are noted by barriers in the code, writes of glue code by a
 * shadowed `set`; reading a whole table back would cost more than most calls.
 */
export class GuestTable {
  readonly table: WebAssembly.Table;
  readonly #ranges: WrittenRange[] = [];
  readonly #trims: WebAssembly.Global[] = [];
  /** What entries held before glue code wrote them. */
  readonly #undo = new Map<number, unknown>();
  #captured: { readonly length: number; readonly values: readonly unknown[] } | undefined;

  constructor(table: WebAssembly.Table) {
    this.table = table;
    this.#shadowSet();
  }

  addRange(range: WrittenRange): void {
    this.#ranges.push(range);
  }

  addTrim(trim: WebAssembly.Global): void {
    this.#trims.push(trim);
  }

  /** Remembers the present content as the one to go back to. */
  capture(): void {
    const { table } = this;
    const length = this.#virtualLength();
    const values: unknown[] = [];
    if (this.#ranges.length > 0) {
      for (let index = 0; index < length; index += 1) values.push(get.call(table, index));
    }
    this.#resetRanges();
    this.#undo.clear();
    this.#captured = { length, values };
  }

  /** Puts the captured content back. Says `lost` if the table was grown in a way that cannot be hidden. */
  restore(): 'restored' | 'lost' {
    const captured = this.#captured;
    if (captured === undefined) return 'restored';
    const { table } = this;
    for (const [index, value] of this.#undo) set.call(table, index, value);
    this.#undo.clear();
    const { low, high } = this.#written();
    for (let index = low; index < high; index += 1) {
      const value = index < captured.length ? captured.values[index] : null;
      if (get.call(table, index) !== value) set.call(table, index, value);
    }
    if (low < high) this.#resetRanges();
    const hidden = table.length - captured.length;
    if (hidden === 0) return 'restored';
    if (this.#trims.length === 0) return 'lost';
    for (const trim of this.#trims) trim.value = hidden;
    return 'restored';
  }

  #virtualLength(): number {
    return this.table.length - ((this.#trims[0]?.value as number | undefined) ?? 0);
  }

  #written(): { low: number; high: number } {
    let low = this.table.length;
    let high = 0;
    for (const range of this.#ranges) {
      low = Math.min(low, (range.low.value as number) >>> 0);
      high = Math.max(high, (range.high.value as number) >>> 0);
    }
    return { low, high: Math.min(high, this.table.length) };
  }

  #resetRanges(): void {
    for (const { low, high } of this.#ranges) {
      low.value = -1;
      high.value = 0;
    }
  }

  #shadowSet(): void {
    const { table } = this;
    Object.defineProperty(table, 'set', {
      configurable: true,
      writable: true,
      value: (index: number, ...value: unknown[]): void => {
        if (this.#captured !== undefined && index < table.length && !this.#undo.has(index)) {
          this.#undo.set(index, get.call(table, index));
        }
        set.call(table, index, ...value);
      },
    });
  }
}

const { get } = WebAssembly.Table.prototype;
const set = WebAssembly.Table.prototype.set as (
  this: WebAssembly.Table,
  index: number,
  ...value: unknown[]
) => void;
