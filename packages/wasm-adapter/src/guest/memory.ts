/** Bytes of a WebAssembly page. */
export const pageBytes = 65_536;

/** The most pages that 32-bit addresses reach. */
export const mostPages = 65_536;

/**
 * A guest's memory with a virtual size. Pages can never be given back to V8, so a restored guest keeps them, zeroed,
 * and is told of a smaller memory: the hidden pages are its `trim`.
 */
export class GuestMemory {
  readonly memory: WebAssembly.Memory;
  /** Growth beyond this many pages fails, as it would on a machine without memory. May be changed at any time. */
  limitPages: number;
  /** Refused or failed growth, since the memory was made. */
  growthFailures = 0;
  /** The largest virtual size seen. */
  peakPages: number;
  /** The size that the last refused growth asked for. */
  refusedPages = 0;
  /** Pages that glue code added from outside; their size stays visible, because the glue remembers it. */
  #grownByGlue = 0;
  #trim = 0;
  readonly #trimGlobals: WebAssembly.Global[] = [];

  constructor(memory: WebAssembly.Memory, limitPages: number) {
    this.memory = memory;
    this.limitPages = limitPages;
    this.peakPages = this.physicalPages;
    this.#shadowGrow();
  }

  /** The size that the guest knows. */
  get pages(): number {
    return this.physicalPages - this.#trim;
  }

  /** The size that V8 holds. */
  get physicalPages(): number {
    return this.memory.buffer.byteLength / pageBytes;
  }

  get grownByGlue(): number {
    return this.#grownByGlue;
  }

  /** Lets the code of one more instance see the virtual size. */
  addTrimGlobal(global: WebAssembly.Global): void {
    this.#trimGlobals.push(global);
    global.value = this.#trim;
  }

  /** Grows by `delta` pages; gives the old size, or -1. Never throws: the guest calls it. */
  grow(delta: number): number {
    const before = this.pages;
    const wanted = before + delta;
    if (wanted > this.limitPages) return this.#refuse(wanted);
    const missing = wanted - this.physicalPages;
    if (missing > 0) {
      try {
        grow.call(this.memory, missing);
      } catch {
        return this.#refuse(wanted); // beyond the module's own maximum, or no address space
      }
    }
    this.#setTrim(this.physicalPages - wanted);
    this.#notePeak();
    return before;
  }

  /** Tells the guest that its memory has `pages` pages; the rest stays with V8. */
  hideBeyond(pages: number): void {
    const hidden = this.physicalPages - pages - this.#grownByGlue;
    if (hidden !== this.#trim) this.#setTrim(Math.max(0, hidden));
  }

  /** Counts pages that glue adds from now on; called where a snapshot is taken. */
  forgetGlueGrowth(): void {
    this.#grownByGlue = 0;
  }

  #refuse(wanted: number): number {
    this.growthFailures += 1;
    this.refusedPages = wanted;
    return -1;
  }

  #setTrim(trim: number): void {
    this.#trim = trim;
    for (const global of this.#trimGlobals) global.value = trim;
  }

  #notePeak(): void {
    if (this.pages > this.peakPages) this.peakPages = this.pages;
  }

  /** Emscripten's glue grows the memory object itself: the limit has to hold there too. */
  #shadowGrow(): void {
    Object.defineProperty(this.memory, 'grow', {
      configurable: true,
      writable: true,
      value: (delta: number): number => {
        const before = this.physicalPages;
        if (before + delta > this.limitPages) {
          this.#refuse(before + delta);
          throw new RangeError(`WebAssembly.Memory.grow(): the limit is ${this.limitPages} pages`);
        }
        try {
          grow.call(this.memory, delta);
        } catch (error) {
          this.#refuse(before + delta);
          throw error;
        }
        this.#grownByGlue += delta;
        // Glue counts from the physical size: hiding pages from the guest now would make the two disagree.
        if (this.#trim !== 0) {
          this.#grownByGlue += this.#trim;
          this.#setTrim(0);
        }
        this.#notePeak();
        return before;
      },
    });
  }
}

const { grow } = WebAssembly.Memory.prototype;
