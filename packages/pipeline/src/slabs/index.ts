export { POISON, Slab } from './slab.js';
export { SlabPool, type SlabPoolOptions } from './slab-pool.js';
export { type Sweepable, type SweepOptions, sweepExtension } from './sweeps.js';
