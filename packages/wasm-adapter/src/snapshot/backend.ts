import { portableBackend } from './portable.js';
import { selfTest } from './self-test.js';
import type { SnapshotBackend } from './snapshot.js';
import { trackedBackend } from './tracked.js';

/** The backend that was asked for, or the portable one with a warning that says why. */
export function chooseBackend(
  wanted: 'portable' | 'os-tracked',
  warn: (message: string) => void,
): SnapshotBackend {
  if (wanted === 'portable') return portableBackend;
  tracked ??= attempt();
  if (tracked.kind === 'available') return tracked.backend;
  warn(
    `os-tracked snapshots are not available, portable ones are used: ${tracked.reason}. They need Linux 6.7 or later, and node:ffi or the optional package koffi.`,
  );
  return portableBackend;
}

type Attempt =
  | { readonly kind: 'available'; readonly backend: SnapshotBackend }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Tried once in a process. */
let tracked: Attempt | undefined;

function attempt(): Attempt {
  try {
    const backend = trackedBackend();
    selfTest(backend);
    return { kind: 'available', backend };
  } catch (error) {
    return { kind: 'unavailable', reason: (error as Error).message };
  }
}
