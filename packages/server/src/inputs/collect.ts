import { showBytes } from '../quantities.js';
import { InputProblem } from './problem.js';

/** Reads a stream to its end, and no further than `maxBytes`. */
export async function collect(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    // Leaving the loop ends the stream.
    if (length > maxBytes) throw tooLarge(undefined, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

export function tooLarge(bytes: number | undefined, maxBytes: number): InputProblem {
  const size = bytes === undefined ? 'is larger than' : `has ${showBytes(bytes)}, more than`;
  return new InputProblem(
    'ERR_INPUT_TOO_LARGE',
    `${size} the limit of ${showBytes(maxBytes)}; raise --max-bytes if such pages are expected`,
  );
}
