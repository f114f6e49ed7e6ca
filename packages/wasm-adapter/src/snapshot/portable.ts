import type { GuestMemory } from '../guest/memory.js';
import type { MemoryImage } from './image.js';
import type { MemoryRestorer, SnapshotBackend } from './snapshot.js';

/** Finds dirty pages by comparing; needs nothing of the operating system. */
export const portableBackend: SnapshotBackend = {
  name: 'portable',
  restorer: (memory, image) => new ComparingRestorer(memory, image),
};

class ComparingRestorer implements MemoryRestorer {
  readonly #memory: GuestMemory;
  readonly #image: MemoryImage;
  #buffer: ArrayBuffer | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(memory: GuestMemory, image: MemoryImage) {
    this.#memory = memory;
    this.#image = image;
  }

  restore(): number {
    const { buffer } = this.#memory.memory;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#bytes = Buffer.from(buffer);
    }
    return this.#image.restore(this.#bytes);
  }

  dispose(): void {}
}
