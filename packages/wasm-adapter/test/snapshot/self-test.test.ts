import { describe, expect, it } from 'vitest';
import { GuestMemory } from '../../src/guest/memory.js';
import { MemoryImage } from '../../src/snapshot/image.js';
import { portableBackend } from '../../src/snapshot/portable.js';
import { selfTest } from '../../src/snapshot/self-test.js';
import { backends } from '../support/backends.js';

describe('the self-test of a backend', () => {
  it.each(backends)('passes for $name', (backend) => {
    selfTest(backend);
  });

  it('fails for a backend that restores nothing', () => {
    const idle = { restore: () => 0, dispose: () => undefined };
    expect(() => selfTest({ ...portableBackend, restorer: () => idle })).toThrow(/left byte 5/);
  });

  it('fails for a backend that forgets what is behind the image', () => {
    expect(() =>
      selfTest({
        name: 'portable',
        restorer: (memory, image) => ({
          restore: () => image.restore(Buffer.from(memory.memory.buffer, 0, image.usedBytes)),
          dispose: () => undefined,
        }),
      }),
    ).toThrow(/changed/);
  });
});

describe('a memory image', () => {
  it('stores no zeros, and shares the blocks it has in common with another', () => {
    const memory = new WebAssembly.Memory({ initial: 100 });
    const bytes = new Uint8Array(memory.buffer);
    bytes[0] = 1;
    bytes[50 * 65_536] = 2;
    const first = new MemoryImage(memory.buffer);
    expect([first.ownBytes(), first.usedBytes]).toEqual([2 * 65_536, 51 * 65_536]);
    bytes[0] = 3;
    const second = new MemoryImage(memory.buffer, first);
    expect([second.ownBytes(first), second.sharesAllWith(first)]).toEqual([65_536, false]);
    bytes[0] = 1;
    expect(new MemoryImage(memory.buffer, first).sharesAllWith(first)).toBe(true);
  });

  it('counts the pages that were dirty', () => {
    const guest = new GuestMemory(new WebAssembly.Memory({ initial: 20 }), 20);
    const image = new MemoryImage(guest.memory.buffer);
    const restorer = portableBackend.restorer(guest, image);
    const bytes = new Uint8Array(guest.memory.buffer);
    bytes[1] = 1;
    bytes[4_095] = 1;
    bytes[4_096] = 1;
    bytes[19 * 65_536 + 5] = 1;
    expect(restorer.restore()).toBe(3);
    expect(restorer.restore()).toBe(0);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });
});
