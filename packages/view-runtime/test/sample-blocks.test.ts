import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { blockHashOf, previousHashOf } from '../src/index.js';
import { sampleBlocks } from '../src/testing/index.js';
import { hex } from './support/bytes.js';

const folder = fileURLToPath(new URL('../../../examples/blocks/', import.meta.url));

it('the sample blocks of the repository are those that are generated, mined and linked', async () => {
  const blocks = sampleBlocks(12);
  for (const [height, block] of blocks.entries()) {
    const file = `${folder}block-${String(height).padStart(2, '0')}.hex`;
    await expect(`${hex(block)}\n`).toMatchFileSnapshot(file);
    expect(blockHashOf(block)[0]).toBeLessThan(0x80);
    const before = blocks[height - 1];
    expect(hex(previousHashOf(block))).toBe(before ? hex(blockHashOf(before)) : '0'.repeat(64));
  }
});

it('sample blocks may go on from any block, on a branch of their own', () => {
  const chain = sampleBlocks(6);
  const from = { after: chain[2]!, firstHeight: 3 };
  expect(sampleBlocks(3, from).map(hex)).toEqual(chain.slice(3).map(hex));
  const [other] = sampleBlocks(1, { ...from, branch: 'other' });
  expect(hex(previousHashOf(other!))).toBe(hex(blockHashOf(chain[2]!)));
  expect(hex(other)).not.toBe(hex(chain[3]));
});
