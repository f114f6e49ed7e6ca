import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { sampleBlocks } from '../fixtures/sample-blocks.mjs';
import { BlockFolder, blockHashOf, previousHashOf } from '../src/index.js';
import { hex } from './support/bytes.js';

const folder = fileURLToPath(new URL('../../../examples/blocks/', import.meta.url));

it('the sample blocks of the repository are those that are generated, mined and linked', async () => {
  const source = await BlockFolder.open(folder);
  const blocks = sampleBlocks((await source.tip()) + 1);
  expect(blocks).toHaveLength(12);
  for (const [height, block] of blocks.entries()) {
    const hash = await source.hashAt(height);
    expect(hex(await source.blockAt(hash, height))).toBe(hex(block));
    expect(hash[0]).toBeLessThan(0x80);
    const before = blocks[height - 1];
    expect(hex(previousHashOf(block))).toBe(before ? hex(blockHashOf(before)) : '0'.repeat(64));
  }
});
