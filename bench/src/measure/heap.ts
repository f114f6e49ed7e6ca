/** Live heap in bytes, after everything that can go has gone. */
export function liveHeapBytes(): number {
  for (let times = 0; times < 3; times++) collectAll();
  return process.memoryUsage().heapUsed;
}

/**
 * Heap bytes that `work` allocates, live or not. Nothing may be collected meanwhile: the process needs a young
 * generation (`--max-semi-space-size`) that holds all of it.
 */
export async function allocatedBytes(work: () => Promise<unknown>): Promise<number> {
  // Only the young generation: a full collection throws optimised code away, and cold code allocates more.
  globalThis.gc?.({ type: 'minor' });
  const before = process.memoryUsage().heapUsed;
  await work();
  return process.memoryUsage().heapUsed - before;
}

function collectAll(): void {
  if (globalThis.gc === undefined)
    throw new Error('the heap can only be measured with --expose-gc');
  globalThis.gc();
}
