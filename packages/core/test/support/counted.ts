import type { PoolFactory } from '../../src/index.js';

/** Makes `{ id }` objects, counts, and gives up after many so that no mistake can hang the test run. */
export class Counted implements PoolFactory<{ id: number }> {
  made = 0;
  readonly ended: number[] = [];

  create(): { id: number } {
    if (++this.made > 500) throw new Error('a runaway pool: 500 creations');
    return { id: this.made };
  }

  destroy(resource: { id: number }): void {
    this.ended.push(resource.id);
  }
}
