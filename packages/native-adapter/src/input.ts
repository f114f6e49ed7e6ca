import { InputError } from './errors.js';
import type { ExtractLimits } from './limits.js';

/** A page: text, or the bytes of a response. Bytes are decoded by byte order mark, `<meta charset>`, else UTF-8. */
export type HtmlInput = string | Uint8Array;

/** What an extractor expects: `html` must contain at least one tag, `text` may be anything readable. */
export type InputKind = 'html' | 'text';

/**
 * The one door for pages: decodes bytes and refuses what is no page.
 *
 * @throws InputError `ERR_EXTRACT_EMPTY_INPUT`, `ERR_EXTRACT_INPUT_TOO_LARGE` or `ERR_EXTRACT_NOT_HTML`
 */
export function readInput(input: HtmlInput, kind: InputKind, limits: ExtractLimits): string {
  if (!isReadable(input)) {
    throw new InputError(
      'ERR_EXTRACT_NOT_HTML',
      `Expected the page as a string or Uint8Array, got ${nameOf(input)}. Read the response body first, for example await response.text().`,
    );
  }
  // Size first: nothing below may look at more than the limit.
  if (input.length > limits.maxInputChars) {
    throw new InputError(
      'ERR_EXTRACT_INPUT_TOO_LARGE',
      `The page has ${input.length} ${typeof input === 'string' ? 'characters' : 'bytes'}, the limit is ${limits.maxInputChars}. Raise limits.maxInputChars if such pages are expected.`,
    );
  }
  if (typeof input !== 'string') refuseFileFormat(input);
  const text = typeof input === 'string' ? withoutMark(input) : decode(input);
  if (!/\S/.test(text)) {
    throw new InputError(
      'ERR_EXTRACT_EMPTY_INPUT',
      'The page is empty: there is nothing to extract from.',
    );
  }
  refuseBinary(text);
  if (kind === 'html' && !/<[a-zA-Z!/?]/.test(text)) {
    throw new InputError(
      'ERR_EXTRACT_NOT_HTML',
      'The input has no HTML tag at all. Pass the HTML source of the page, not its text or its URL.',
    );
  }
  return text;
}

/** Callers without types pass anything. */
const isReadable = (input: unknown): input is HtmlInput =>
  typeof input === 'string' || input instanceof Uint8Array;

const nameOf = (value: unknown): string => (value === null ? 'null' : typeof value);

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['a PDF file', [0x25, 0x50, 0x44, 0x46]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a GIF image', [0x47, 0x49, 0x46, 0x38]],
  ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['gzip-compressed (decompress it first)', [0x1f, 0x8b]],
  ['a WebAssembly module', [0x00, 0x61, 0x73, 0x6d]],
  ['an ELF executable', [0x7f, 0x45, 0x4c, 0x46]],
];

function refuseFileFormat(bytes: Uint8Array): void {
  const found = signatures.find(([, magic]) => magic.every((byte, at) => bytes[at] === byte));
  if (found !== undefined)
    throw new InputError('ERR_EXTRACT_NOT_HTML', `The input is ${found[0]}, not HTML.`);
}

/** Control characters that no page has; a NUL or two happens, a few percent do not. */
function refuseBinary(text: string): void {
  const sample = text.slice(0, 4096);
  let controls = 0;
  for (let at = 0; at < sample.length; at += 1) {
    const unit = sample.charCodeAt(at);
    if (unit < 32 && unit !== 9 && unit !== 10 && unit !== 12 && unit !== 13) controls += 1;
    else if (unit === 0xfffd) controls += 0.5;
  }
  if (controls <= 2 || controls < sample.length * 0.02) return;
  throw new InputError(
    'ERR_EXTRACT_NOT_HTML',
    'The input looks binary, not like HTML. If it is a page, decode it with its charset first.',
  );
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder(charsetOf(bytes)).decode(bytes);
}

/** https://html.spec.whatwg.org/#determining-the-character-encoding, without the guessing. */
function charsetOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  const declared = /<meta[^>]{0,256}charset\s{0,8}=\s{0,8}["']?\s{0,8}([\w:.-]{1,40})/i.exec(
    head,
  )?.[1];
  if (declared === undefined) return 'utf-8';
  const label = declared.toLowerCase();
  // A meta element was readable as ASCII, so the page cannot be UTF-16 (the specification says the same).
  if (label.startsWith('utf-16')) return 'utf-8';
  return isKnownCharset(label) ? label : 'utf-8';
}

function isKnownCharset(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const withoutMark = (text: string): string =>
  text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
