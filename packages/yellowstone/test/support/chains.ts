import { type ChainMessage, generateChain } from '../../src/testing/index.js';

/** What one slot brings, 1,000 and so many. */
export function slotsOf(offset: number): ChainMessage[] {
  return generateChain({ seed: offset, slots: 1, firstSlot: 1_000 + offset, skippedShare: 0 });
}

/** The entries of a chain. */
export function entriesOf(chain: readonly ChainMessage[]): ChainMessage[] {
  return chain.filter(({ kind }) => kind === 'entry');
}

/** Waits, turn by turn of the event loop, for what no event tells. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
