import { createWriteStream, type WriteStream } from 'node:fs';
import type { MaybePromise } from '@rockpool/core';

/** Takes lines, each with its end. */
export interface LogOutput {
  write(line: string): void;
  close?(): MaybePromise<void>;
}

/** Where records go: a stream of the process, the end of a file, or anything that takes lines. */
export type OutputTarget = 'stdout' | 'stderr' | { readonly file: string } | LogOutput;

/** Opens an output. A file that cannot be written is told once, as a process warning; logging never throws. */
export function openOutput(target: OutputTarget): LogOutput {
  if (target === 'stdout') return { write: (line) => void process.stdout.write(line) };
  if (target === 'stderr') return { write: (line) => void process.stderr.write(line) };
  return 'file' in target ? new FileOutput(target.file) : target;
}

class FileOutput implements LogOutput {
  readonly #stream: WriteStream;
  #state: 'open' | 'broken' = 'open';

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: 'a' });
    this.#stream.on('error', (error) => {
      if (this.#state === 'open') {
        process.emitWarning(`log file ${file} cannot be written: ${error.message}`, {
          code: 'ROCKPOOL_LOG_FILE',
        });
      }
      this.#state = 'broken';
    });
  }

  write(line: string): void {
    if (this.#state === 'open') this.#stream.write(line);
  }

  close(): Promise<void> {
    if (this.#state === 'broken') return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once('close', resolve);
      this.#stream.end();
    });
  }
}
