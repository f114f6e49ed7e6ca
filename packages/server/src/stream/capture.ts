import { open } from 'node:fs/promises';
import { reasonOf } from '@rockpool/core';
import type { Sink } from '@rockpool/pipeline';
import type { YellowstoneFrame, YellowstoneSource } from '@rockpool/yellowstone';
import { writeCapture } from '@rockpool/yellowstone/testing';
import { Output } from '../report/output.js';
import { UsageError } from '../usage-error.js';

/** Keeps what a source delivers in a file, as it came. */
export class Capture {
  readonly #file: Output;
  readonly #close: () => Promise<void>;

  private constructor(file: Output, close: () => Promise<void>) {
    this.#file = file;
    this.#close = close;
  }

  /**
   * Begins a file; what it held is gone.
   * @param onFailure told when it cannot be written any more: see `failure`
   * @throws UsageError when it cannot be opened
   */
  static async to(path: string, onFailure: () => void): Promise<Capture> {
    try {
      const stream = (await open(path, 'w')).createWriteStream();
      const closed = new Promise<void>((resolve) => stream.once('close', resolve));
      return new Capture(new Output(stream, onFailure), () => {
        stream.end();
        return closed;
      });
    } catch (error) {
      throw new UsageError(`--capture ${path}: cannot be written: ${reasonOf(error)}`);
    }
  }

  /** Why the file could not be written to its end. */
  get failure(): Error | undefined {
    return this.#file.failure;
  }

  /** The same source, whose messages are kept before anybody sees them. */
  of(
    source: YellowstoneSource,
  ): Pick<YellowstoneSource, 'name' | 'run' | 'decode' | 'health' | 'dispose'> {
    return {
      name: source.name,
      run: (run) => source.run({ ...run, sink: this.#keeping(run.sink) }),
      decode: (frame, context) => source.decode(frame, context),
      health: () => source.health(),
      dispose: () => source.dispose(),
    };
  }

  /** Settles when everything is in the file, or cannot be. */
  flush(): Promise<void> {
    return this.#file.flush();
  }

  close(): Promise<void> {
    return this.#close();
  }

  #keeping(sink: Sink<YellowstoneFrame>): Sink<YellowstoneFrame> {
    return {
      // Whichever is slower, the file or the runtime, says when there is room for more.
      push: async (frames) => {
        const known = frames.filter(({ kind }) => kind !== 'malformed');
        const taken = sink.push(frames);
        await this.#file.write(writeCapture(known.map(({ bytes }) => bytes)));
        await taken;
      },
      complete: (position) => sink.complete(position),
      handledUpTo: () => sink.handledUpTo(),
      report: (event, data) => sink.report(event, data),
    };
  }
}
