import { bundledEntry } from './bundled-entry.js';

/** The file that a thread begins with, from the built package or, in the repository, from its sources. */
export function entryFile(thread: 'worker' | 'epoch'): URL {
  if (import.meta.url.endsWith('.ts')) {
    return bundledEntry(thread, new URL(`../${thread}/entry.ts`, import.meta.url));
  }
  return thread === 'worker'
    ? new URL('./worker-entry.js', import.meta.url)
    : new URL('./epoch-entry.js', import.meta.url);
}
