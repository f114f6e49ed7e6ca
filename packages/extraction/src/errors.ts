import { reasonOf } from '@rockpool/core';

/** Codes of the errors of this package. They do not change between major versions; messages may. */
export type ExtractionErrorCode =
  | 'ERR_EXTRACTION_FAILED'
  | 'ERR_EXTRACTION_COMPONENT'
  | 'ERR_EXTRACTION_REFUSED';

/** The base of the errors of this package. */
export class ExtractionError extends Error {
  readonly code: ExtractionErrorCode;

  constructor(
    code: ExtractionErrorCode,
    message: string,
    details: { readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** Both ways to read a page failed. `cause` is the error of the first one; `errors` has both. */
export class ExtractionFailedError extends ExtractionError {
  readonly primaryError: unknown;
  readonly fallbackError: unknown;
  readonly errors: readonly [primary: unknown, fallback: unknown];

  constructor(primaryError: unknown, fallbackError: unknown) {
    super(
      'ERR_EXTRACTION_FAILED',
      `Both WASM (${reasonOf(primaryError)}) and native (${reasonOf(fallbackError)}) extraction failed`,
      { cause: primaryError },
    );
    this.primaryError = primaryError;
    this.fallbackError = fallbackError;
    this.errors = [primaryError, fallbackError];
  }
}

/** The component cannot be used: it is missing, broken, or no extractor. `cause` says why. */
export class ComponentError extends ExtractionError {
  constructor(cause: unknown) {
    super(
      'ERR_EXTRACTION_COMPONENT',
      `The extractor component cannot be used: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The guest does not take such a page, address or mode. */
export class GuestRefusalError extends ExtractionError {
  /** The variant of its interface, such as `invalid-html`. */
  readonly variant: string;

  constructor(variant: string, detail: string) {
    super(
      'ERR_EXTRACTION_REFUSED',
      `The extractor component refused the page (${variant}): ${detail}`,
    );
    this.variant = variant;
  }
}
