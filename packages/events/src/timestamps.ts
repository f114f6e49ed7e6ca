/** Writes times of day as ISO 8601, UTC. Formatting a date is the dearest part of an event: once a second is enough. */
export class Timestamps {
  readonly #timeOfDay: () => number;
  #second = Number.NaN;
  /** Up to the point before the milliseconds. */
  #prefix = '';
  #ms = Number.NaN;
  /** Of `#ms`: a busy pool tells hundreds of events within one millisecond. */
  #text = '';

  /** @param timeOfDay in ms since 1970 */
  constructor(timeOfDay: () => number) {
    this.#timeOfDay = timeOfDay;
  }

  now(): string {
    const ms = Math.floor(this.#timeOfDay());
    if (ms === this.#ms) return this.#text;
    const second = Math.floor(ms / 1_000);
    if (second !== this.#second) {
      this.#prefix = new Date(second * 1_000).toISOString().slice(0, -4);
      this.#second = second;
    }
    this.#ms = ms;
    this.#text = `${this.#prefix}${String(ms - second * 1_000).padStart(3, '0')}Z`;
    return this.#text;
  }
}
