/** Where a page comes from. `name` is what messages and results call it. */
export type Source =
  | { readonly kind: 'file'; readonly name: string; readonly path: string }
  | { readonly kind: 'url'; readonly name: string; readonly url: URL }
  | { readonly kind: 'stdin'; readonly name: '-' };

/** The content of a source, not yet decoded. */
export interface RawPage {
  readonly bytes: Uint8Array;
  /** The charset told by who sent the page, outside of the page. */
  readonly charset?: string | undefined;
  /** Where the page came from in the end; only known for URLs. */
  readonly url?: string | undefined;
}

/** What bounds the reading of one source. */
export interface ReadLimits {
  readonly maxBytes: number;
  /** Milliseconds; 0 = no limit. */
  readonly timeoutMs: number;
}
