import type { Writable } from 'node:stream';

/** The results on stdout, or in a file: waits for a slow reader, and notices one that has gone (`| head`). */
export class Output {
  readonly #stream: Writable;
  readonly #onReaderGone: () => void;
  #state: 'open' | 'reader-gone' | { readonly failed: Error } = 'open';

  constructor(stream: Writable, onReaderGone: () => void) {
    this.#stream = stream;
    this.#onReaderGone = onReaderGone;
    stream.on('error', this.#onError);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** The error that ended the output, if it was not the reader's going. */
  get failure(): Error | undefined {
    return typeof this.#state === 'object' ? this.#state.failed : undefined;
  }

  /** Writes, and settles when the reader can take more. After the reader has gone it does nothing. */
  async write(text: string | Uint8Array): Promise<void> {
    if (!this.isOpen || text.length === 0) return;
    if (!this.#stream.write(text)) await this.#drained();
  }

  /** Settles when everything written has left the process, or cannot. */
  async flush(): Promise<void> {
    if (!this.isOpen) return;
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve());
    });
  }

  /** Settles when there is room again, or an error (of which #onError takes note) has ended the waiting. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#stream.off('drain', settle).off('error', settle);
        resolve();
      };
      this.#stream.once('drain', settle).once('error', settle);
    });
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (!this.isOpen) return;
    const isGone = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
    this.#state = isGone ? 'reader-gone' : { failed: error };
    this.#onReaderGone();
  };
}
