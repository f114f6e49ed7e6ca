import { isHeight } from '../store/store.js';

/** The request is at fault; the message says what was expected. */
export class InvalidParamsError extends Error {
  /** The words of upstream for the same mistake. */
  readonly upstream: string;

  constructor(message: string, upstream: string = `Serialization error: ${message}`) {
    super(message);
    this.upstream = upstream;
  }
}

/** Where a request looks: a height, or the block to come. */
export type HeightTag =
  | { readonly kind: 'height'; readonly height: number }
  | { readonly kind: 'pending' };

/** Bytes from hexadecimal digits, with or without `0x`. */
export function hexParam(what: string, value: unknown): Uint8Array {
  const invalid = (why: string): InvalidParamsError =>
    new InvalidParamsError(
      `${what} must be hexadecimal digits: ${why}`,
      `Serialization error: Invalid hex ${what === 'the block' ? 'block data' : 'input'}: ${why}`,
    );
  if (typeof value !== 'string') throw invalid(`it is ${kindOf(value)}`);
  const digits = value.startsWith('0x') || value.startsWith('0X') ? value.slice(2) : value;
  if (digits.length % 2 !== 0) throw invalid('odd number of digits');
  const bytes = Buffer.from(digits, 'hex');
  // Node stops at the first character that is no digit.
  if (bytes.length * 2 !== digits.length) {
    throw invalid(`invalid character at position ${bytes.length * 2}`);
  }
  return bytes;
}

export function nameParam(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 1_024) return value;
  throw new InvalidParamsError(`the name of the view must be a text, but is ${kindOf(value)}`);
}

/**
 * A height: a number, its decimal digits, `0x` and hexadecimal digits, `latest` or `pending`. What follows a colon is
 * passed over, as upstream does. Absent means `latest`.
 */
export function heightParam(value: unknown, tip: number | undefined): HeightTag {
  const latest = tip ?? 0;
  if (value === undefined || value === null || value === 'latest') {
    return { kind: 'height', height: latest };
  }
  if (value === 'pending') return { kind: 'pending' };
  const height = typeof value === 'string' ? heightInText(value) : value;
  if (typeof height === 'number' && isHeight(height)) return { kind: 'height', height };
  throw new InvalidParamsError(
    `the height must be a number, its digits, latest or pending, but is ${shown(value)}`,
    'Serialization error: Invalid height: invalid digit found in string',
  );
}

export function wholeHeightParam(value: unknown, tip: number | undefined): number {
  const tag = heightParam(value, tip);
  if (tag.kind === 'height') return tag.height;
  throw new InvalidParamsError('a block to come has no height here; give a number or latest');
}

export function toHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

function heightInText(text: string): number | undefined {
  const [digits = ''] = text.split(':', 1);
  if (/^\d{1,10}$/.test(digits)) return Number(digits);
  return /^0x[0-9a-f]{1,8}$/i.test(digits) ? Number(digits) : undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
}
