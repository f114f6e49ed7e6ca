/**
 * Why a module was not rewritten: `malformed` bytes are no WebAssembly, `unsupported` ones use a feature that the
 * rewriter does not know how to keep equivalent, `already-rewritten` ones went through it before.
 */
export type RewriteRefusal = 'malformed' | 'unsupported' | 'already-rewritten';

/** Thrown by `analyseModule` and `rewriteModule`; the input is never touched. */
export class RewriteError extends Error {
  readonly code = 'ERR_WASM_REWRITE';
  readonly refusal: RewriteRefusal;
  /** Byte offset in the module, where one is known. */
  readonly offset: number | undefined;

  constructor(refusal: RewriteRefusal, what: string, at: { offset?: number } = {}) {
    super(at.offset === undefined ? what : `${what} (at byte ${at.offset})`);
    this.name = 'RewriteError';
    this.refusal = refusal;
    this.offset = at.offset;
  }
}
