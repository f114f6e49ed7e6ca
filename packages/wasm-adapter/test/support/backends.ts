import { portableBackend } from '../../src/snapshot/portable.js';
import { selfTest } from '../../src/snapshot/self-test.js';
import type { SnapshotBackend } from '../../src/snapshot/snapshot.js';
import { trackedBackend } from '../../src/snapshot/tracked.js';

/** Every backend that works on this machine; the tracked one only on Linux with a way to call the C library. */
export const backends: readonly SnapshotBackend[] = [portableBackend, ...tracked()];

function tracked(): SnapshotBackend[] {
  try {
    const backend = trackedBackend();
    selfTest(backend);
    return [backend];
  } catch {
    return [];
  }
}
