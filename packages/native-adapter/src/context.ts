/** Where a page came from. */
export interface ExtractContext {
  /** Absolute http(s) URL; relative links are resolved against it. */
  readonly url?: string;
}
