import { StoreError } from '../errors.js';
import { isHeight, type KeyValue } from './store.js';

/**
 * Refuses a block that does not follow the tip.
 * @throws StoreError `ERR_STORE_HEIGHT`
 */
export function checkWritable(height: number, tip: number | undefined): void {
  if (!isHeight(height)) {
    throw new StoreError('ERR_STORE_HEIGHT', `a block cannot have the height ${height}`);
  }
  if (tip !== undefined && height !== tip + 1) {
    throw new StoreError(
      'ERR_STORE_HEIGHT',
      `the block ${height} does not follow the tip ${tip}; commit ${tip + 1} next, or roll back first`,
    );
  }
}

/** One entry per key: the last one written. */
export function lastWins(entries: readonly KeyValue[]): KeyValue[] {
  const byKey = new Map<string, KeyValue>();
  for (const entry of entries) byKey.set(Buffer.from(entry.key).toString('latin1'), entry);
  return [...byKey.values()];
}
