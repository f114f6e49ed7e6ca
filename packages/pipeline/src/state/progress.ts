/** How many frames and updates of one position are not done with. */
export interface Mark {
  readonly position: bigint;
  open: number;
}

/**
 * Knows up to which position everything is handled. What is abandoned or discarded never closes its mark, so the
 * position stays before it and a later run begins there.
 */
export class Progress {
  readonly #marks = new Map<bigint, Mark>();
  /** Updates of one position come together: the last mark is nearly always the one that is looked for. */
  #recent: Mark | undefined = undefined;
  #completeUpTo: bigint | undefined = undefined;
  #handledUpTo: bigint | undefined = undefined;
  #receivedUpTo: bigint | undefined = undefined;

  get receivedUpTo(): bigint | undefined {
    return this.#receivedUpTo;
  }

  /** Something of `position` has come in. */
  open(position: bigint): Mark {
    const recent = this.#recent;
    if (recent !== undefined && recent.position === position) {
      if (recent.open++ === 0) this.#marks.set(position, recent);
      return recent;
    }
    return this.#openOther(position);
  }

  /** One thing of this mark is done with. */
  close(mark: Mark): void {
    if (--mark.open === 0) this.#marks.delete(mark.position);
  }

  complete(position: bigint): void {
    if (this.#completeUpTo === undefined || position > this.#completeUpTo) {
      this.#completeUpTo = position;
    }
  }

  /** Looks at all open positions: asked at a cut or a checkpoint, not for each update. */
  handledUpTo(): bigint | undefined {
    let upTo = this.#completeUpTo;
    if (upTo === undefined) return undefined;
    for (const { position } of this.#marks.values()) if (position <= upTo) upTo = position - 1n;
    if (this.#handledUpTo === undefined || upTo > this.#handledUpTo) this.#handledUpTo = upTo;
    return this.#handledUpTo;
  }

  #openOther(position: bigint): Mark {
    let mark = this.#marks.get(position);
    if (mark === undefined) {
      mark = { position, open: 0 };
      this.#marks.set(position, mark);
      if (this.#receivedUpTo === undefined || position > this.#receivedUpTo) {
        this.#receivedUpTo = position;
      }
    }
    mark.open++;
    this.#recent = mark;
    return mark;
  }
}
