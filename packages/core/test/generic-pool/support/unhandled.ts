import { settled } from './virtual-time.js';

/** The rejections that nobody handled while `work` ran; otherwise the test runner would take them for its own. */
export async function unhandledDuring(work: () => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const runners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => seen.push(reason));
  try {
    await work();
    await settled();
    await settled();
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of runners) process.on('unhandledRejection', listener);
  }
  return seen;
}
