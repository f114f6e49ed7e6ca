/** Hard limits of one extraction. They hold by construction: work stops when one is reached. */
export interface ExtractLimits {
  /** Longest accepted page, in characters (for bytes: in bytes). Default 10,000,000. */
  readonly maxInputChars: number;
  /** Deepest accepted nesting of elements; browsers stop at 512 too. Default 512. */
  readonly maxDepth: number;
  /** Most nodes (elements, texts, comments) in one page. Default 100,000; the largest of 1,492 real pages has 27,800. */
  readonly maxNodes: number;
  /** Most attributes of one element. Default 1,000. */
  readonly maxAttributes: number;
  /** Most matches kept of one pattern or one `multiple` field. Default 1,000. */
  readonly maxMatches: number;
  /** Longest text or markdown produced, in characters; longer output is cut. Default 10,000,000. */
  readonly maxOutputChars: number;
}

export const defaultLimits: ExtractLimits = Object.freeze({
  maxInputChars: 10_000_000,
  maxDepth: 512,
  maxNodes: 100_000,
  maxAttributes: 1_000,
  maxMatches: 1_000,
  maxOutputChars: 10_000_000,
});
