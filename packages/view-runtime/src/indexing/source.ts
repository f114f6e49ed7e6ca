/** Where blocks come from. */
export interface BlockSource {
  /** The height of the newest block; `undefined` while there is none. */
  tip(signal?: AbortSignal): Promise<number | undefined>;
  /** The hash of the block of that height, in the order in which it is shown. */
  hashAt(height: number, signal?: AbortSignal): Promise<Uint8Array>;
  blockAt(hash: Uint8Array, height: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The least height there is, for a source that does not begin with the first block. */
  readonly firstHeight?: number | undefined;
  /** Whether new blocks will come, so that waiting for them makes sense. */
  readonly grows: boolean;
}
