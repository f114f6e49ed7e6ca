import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { showDuration } from '../quantities.js';
import type { Terminal } from '../terminal.js';
import { collect, tooLarge } from './collect.js';
import { fetchPage } from './fetch.js';
import { fileProblem, InputProblem } from './problem.js';
import type { RawPage, ReadLimits, Source } from './source.js';

/** What reading a source may need. */
export interface Reading extends ReadLimits {
  readonly stdin: Terminal['stdin'];
  /** Ends the reading of stdin, which may have no end of its own. */
  readonly interrupted: AbortSignal;
}

/**
 * Reads one source.
 *
 * @throws InputProblem
 */
export function readSource(source: Source, reading: Reading): Promise<RawPage> {
  switch (source.kind) {
    case 'file':
      return readFile(source.path, reading);
    case 'url':
      return fetchPage(source.url, reading);
    case 'stdin':
      return readStdin(reading);
  }
}

async function readFile(path: string, { maxBytes, timeoutMs }: ReadLimits): Promise<RawPage> {
  const signal = timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs);
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw tooLarge(size, maxBytes);
    // A stream even so: pipes (`<(command)`) and devices have no size, and a file may grow.
    return { bytes: await collect(createReadStream(path, { signal }), maxBytes) };
  } catch (error) {
    if (error instanceof InputProblem) throw error;
    if (signal?.aborted) {
      throw new InputProblem(
        'ERR_INPUT_TIMEOUT',
        `could not be read within ${showDuration(timeoutMs)}`,
        error,
      );
    }
    throw fileProblem(error);
  }
}

/** Without a time limit: whoever writes may take their time. */
async function readStdin({ stdin, maxBytes, interrupted }: Reading): Promise<RawPage> {
  const end = (): void => {
    stdin.destroy();
  };
  interrupted.addEventListener('abort', end);
  try {
    return { bytes: await collect(stdin, maxBytes) };
  } catch (error) {
    if (error instanceof InputProblem) throw error;
    throw fileProblem(error);
  } finally {
    interrupted.removeEventListener('abort', end);
  }
}
