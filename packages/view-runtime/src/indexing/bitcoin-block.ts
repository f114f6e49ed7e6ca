import { hash } from 'node:crypto';
import { ViewError } from '../errors.js';

const HEADER_BYTES = 80;

/** The hash of a block in the order in which it is shown: the last byte first. */
export function blockHashOf(block: Uint8Array): Uint8Array {
  if (block.length < HEADER_BYTES) throw notABlock(block);
  const once = hash('sha256', block.subarray(0, HEADER_BYTES), 'buffer');
  return hash('sha256', once, 'buffer').reverse();
}

/** The hash of the block before it, in the same order. */
export function previousHashOf(block: Uint8Array): Uint8Array {
  if (block.length < HEADER_BYTES) throw notABlock(block);
  // A copy: `slice` of a Buffer would reverse the block itself.
  return new Uint8Array(block.subarray(4, 36)).reverse();
}

function notABlock(block: Uint8Array): ViewError {
  return new ViewError(
    'ERR_INDEX_SOURCE',
    `a block of Bitcoin begins with a header of 80 bytes, but here are ${block.length} bytes in all`,
  );
}
