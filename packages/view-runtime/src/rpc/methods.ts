import type { PooledViewOptions } from '../pool/view-pool.js';
import type { KeyValueStore } from '../store/store.js';
import {
  heightParam,
  hexParam,
  InvalidParamsError,
  nameParam,
  toHex,
  wholeHeightParam,
} from './parameters.js';

/** What answers views and previews: a runtime, a pool or the adapter. */
export interface ViewAnswerer {
  view(
    name: string,
    input: Uint8Array,
    height: number,
    options?: PooledViewOptions,
  ): Promise<Uint8Array>;
  preview(
    block: Uint8Array,
    name: string,
    input: Uint8Array,
    height: number,
    options?: PooledViewOptions,
  ): Promise<Uint8Array>;
}

/** What the methods of metashrew work on. */
export interface RpcContext {
  readonly views: ViewAnswerer;
  readonly store: KeyValueStore;
  /**
   * The block that is expected after the tip, for the tag `pending`; `undefined` while there is none. Without this the
   * tag is refused.
   */
  readonly pendingBlock?: (() => Promise<Uint8Array | undefined>) | undefined;
}

/** Something that was asked for is not there. */
export class NotThereError extends Error {}

export type RpcMethod = (
  context: RpcContext,
  params: readonly unknown[],
  signal: AbortSignal | undefined,
) => Promise<string>;

/** The methods of metashrew by name. */
export const METHODS: ReadonlyMap<string, RpcMethod> = new Map<string, RpcMethod>([
  ['metashrew_view', view],
  ['metashrew_preview', preview],
  ['metashrew_height', height],
  ['metashrew_getblockhash', blockHash],
  ['metashrew_stateroot', stateRoot],
  ['metashrew_snapshot', snapshot],
]);

async function view(
  { views, store, pendingBlock }: RpcContext,
  [name, input, tag]: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const view = nameParam(name);
  const bytes = hexParam('the input', input);
  const { tip } = store.mark();
  const at = heightParam(tag, tip);
  if (at.kind === 'height') return toHex(await views.view(view, bytes, at.height, { signal }));
  if (pendingBlock === undefined) {
    throw new InvalidParamsError('pending is not available: this node knows no block to come');
  }
  const block = await pendingBlock();
  if (block === undefined) throw new NotThereError('Pending block not found');
  return toHex(await views.preview(block, view, bytes, tip ?? 0, { signal }));
}

async function preview(
  { views, store }: RpcContext,
  [block, name, input, tag]: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const bytes = hexParam('the block', block);
  const view = nameParam(name);
  const argument = hexParam('the input', input);
  const { tip } = store.mark();
  const at = heightParam(tag, tip);
  // A preview shows the block to come in any case.
  const height = at.kind === 'pending' ? (tip ?? 0) : at.height;
  return toHex(await views.preview(bytes, view, argument, height, { signal }));
}

/** A text, not a number: clients of metashrew expect it so. */
async function height({ store }: RpcContext): Promise<string> {
  return String(store.mark().tip ?? 0);
}

async function blockHash({ store }: RpcContext, [tag]: readonly unknown[]): Promise<string> {
  if (tag === undefined) throw new InvalidParamsError('the height is missing');
  const at = wholeHeightParam(tag, store.mark().tip);
  const hash = store.blockHash(at);
  if (hash === undefined) throw new NotThereError(`Block hash not found for height ${at}`);
  return toHex(hash);
}

async function stateRoot({ store }: RpcContext, [tag]: readonly unknown[]): Promise<string> {
  const at = wholeHeightParam(tag, store.mark().tip);
  const root = store.stateRoot(at);
  if (root === undefined) throw new NotThereError(`State root not found for height ${at}`);
  return toHex(root);
}

/** JSON in a text, as upstream answers it. There are no snapshots here, and it says so. */
async function snapshot({ store }: RpcContext): Promise<string> {
  const { tip = 0 } = store.mark();
  const { versions, sizeBytes } = store.statistics();
  return JSON.stringify({
    enabled: false,
    current_height: tip,
    indexed_height: tip,
    total_entries: versions,
    storage_size_bytes: sizeBytes,
    sync_mode: 'Normal',
    snapshots_created: 0,
    snapshots_applied: 0,
    last_snapshot_height: null,
    blocks_synced_normally: tip,
    blocks_synced_from_snapshots: 0,
  });
}
