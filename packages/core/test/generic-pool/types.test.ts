import type * as theirs from 'generic-pool';
import { describe, expect, it } from 'vitest';
import genericPool, {
  createPool,
  type Factory,
  type Options,
  type Pool,
} from '../../src/generic-pool/index.js';

interface Client {
  query(text: string): Promise<string>;
}

describe('the types', () => {
  it('take what was written for the types of generic-pool', async () => {
    const factory: theirs.Factory<Client> = {
      create: () => Promise.resolve({ query: (text) => Promise.resolve(text) }),
      destroy: () => Promise.resolve(),
      validate: () => Promise.resolve(true),
    };
    const options: theirs.Options = { max: 2, min: 1, testOnBorrow: true };
    const pool: theirs.Pool<Client> = createPool(factory, options);
    const answer: string = await pool.use((client) => client.query('select 1'));
    expect(answer).toBe('select 1');
    await pool.drain().then(() => pool.clear());
  });

  it('have the names that generic-pool has', async () => {
    const factory: Factory<number> = { create: () => 1, destroy: () => {} };
    const options: Options = { max: 2 };
    const pool: Pool<number> = genericPool.createPool(factory, options);
    const one: number = await pool.acquire(0);
    const done: Promise<void> = pool.release(one);
    await done;
    pool.once('factoryCreateError', () => {}).removeAllListeners();
  });

  it('export what the module of generic-pool exports', async () => {
    const { default: original } = await import('generic-pool');
    expect(Object.keys(genericPool).toSorted()).toEqual(Object.keys(original).toSorted());
  });
});
