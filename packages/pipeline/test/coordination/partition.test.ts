import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byKey, PARTITIONS, partitionOf } from '../../src/index.js';

describe('partitions by key', () => {
  it('never change: a group would handle its keys twice, or not at all', () => {
    const keys = [
      '',
      'a',
      'b',
      'key',
      '0',
      'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
      'schlüssel',
    ];
    expect(keys.map((key) => partitionOf(key))).toEqual([11, 51, 50, 61, 33, 45, 27]);
    expect(partitionOf(Uint8Array.of())).toBe(partitionOf(''));
    expect(partitionOf(new TextEncoder().encode('schlüssel'))).toBe(partitionOf('schlüssel'));
    expect(partitionOf(42)).toBe(partitionOf('42'));
    expect(partitionOf(42n)).toBe(partitionOf('42'));
    expect(keys.map((key) => partitionOf(key, 7))).toEqual([4, 0, 5, 4, 3, 1, 4]);
  });

  // χ² with 63 degrees of freedom is above 103.4 in one of a thousand samples of even ones.
  it.each([
    ['hashes', (index: number) => createHash('sha256').update(`${index}`).digest()],
    ['numbers in a row', (index: number) => index],
    ['names that end in numbers', (index: number) => `account-${index}`],
    ['texts that differ in their first letter', (index: number) => `${index}-of-many-accounts`],
  ])('are even for %s', (_, keyOf) => {
    const samples = 64_000;
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let index = 0; index < samples; index += 1) counts[partitionOf(keyOf(index))]! += 1;
    const expected = samples / PARTITIONS;
    const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chi2).toBeLessThan(103.4);
  });

  it('are within the number there is, and take the key that is named', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
        const partitioner = byKey(() => key, partitions);
        const partition = partitioner({ kind: 'message', sizeBytes: 0, receivedAtMs: 0 });
        expect(partition).toBe(partitionOf(key, partitions));
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(partitions);
      }),
    );
  });
});
