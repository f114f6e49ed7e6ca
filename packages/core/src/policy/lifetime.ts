/**
 * The lifetime of one resource in ms: `maxLifetimeMs` shortened by up to the share `jitter`. The share is derived
 * from the id, so it costs no memory and is the same at each asking; consecutive ids are spread over the whole
 * window (golden-ratio sequence), so resources born together do not die together.
 */
export function lifetimeMs(id: number, maxLifetimeMs: number, jitter: number): number {
  return maxLifetimeMs * (1 - jitter * ((id * 0.618_033_988_749_894_9) % 1));
}
