import { GuestMemory, pageBytes } from '../guest/memory.js';
import { MemoryImage } from './image.js';
import type { SnapshotBackend } from './snapshot.js';

/** Tries a backend on a memory of its own; throws with what went wrong. Takes a few milliseconds. */
export function selfTest(backend: SnapshotBackend): void {
  const guest = new GuestMemory(new WebAssembly.Memory({ initial: 4, maximum: 400 }), 400);
  const bytes = (): Uint8Array => new Uint8Array(guest.memory.buffer);
  bytes().subarray(0, pageBytes).fill(7);
  bytes()[2 * pageBytes] = 1;
  const image = new MemoryImage(guest.memory.buffer);
  const restorer = backend.restorer(guest, image);
  const expectRestored = (what: string): void => {
    restorer.restore();
    const at = image.firstDifference(Buffer.from(guest.memory.buffer));
    if (at !== undefined) throw new Error(`self-test: ${what} left byte ${at} changed`);
  };
  try {
    expectRestored('a restore of nothing');
    for (let round = 0; round < 2; round += 1) {
      bytes()[5] = 1;
      bytes()[pageBytes + 9] = 2; // was zero, between blocks that were not
      bytes()[3 * pageBytes + 9] = 3; // behind the image
      expectRestored('writes');
      guest.grow(round === 0 ? 8 : 0);
      bytes().fill(9, 10 * pageBytes);
      expectRestored('growth');
    }
    // More ranges than one scan can tell, in a memory larger than what is worth keeping.
    guest.grow(300);
    for (let at = 0; at < bytes().length; at += 8_192) bytes()[at] = 1;
    expectRestored('scattered writes');
  } finally {
    restorer.dispose();
  }
}
