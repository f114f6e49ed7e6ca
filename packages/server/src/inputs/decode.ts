import htmlEncodingSniffer from 'html-encoding-sniffer';
import { formatOf } from './binary.js';
import { InputProblem } from './problem.js';
import type { RawPage } from './source.js';

/**
 * The text of a page. The charset is that of a byte order mark, of who sent the page, of `<meta charset>`; a page
 * that names none is UTF-8 when it can be, else windows-1252 as in a browser. What only `<meta>` says is not believed
 * of a page that is UTF-8 beyond doubt: tools that save pages convert the text and leave the declaration.
 *
 * @param forced a charset label that overrides all but a byte order mark
 * @throws InputProblem `ERR_INPUT_EMPTY`, `ERR_INPUT_BINARY`, `ERR_INPUT_ENCODING`
 */
export function decodePage({ bytes, charset }: RawPage, forced?: string): string {
  if (bytes.length === 0) throw empty();
  const format = formatOf(bytes);
  if (format !== undefined) {
    throw new InputProblem('ERR_INPUT_BINARY', `is ${format}, not a page`);
  }
  const text = decode(bytes, forced ?? charset);
  if (!/\S/.test(text)) throw empty();
  return text;
}

/** Whether there is such a charset. */
export function isCharset(label: string): boolean {
  try {
    new TextDecoder(label);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function decode(bytes: Uint8Array, label: string | undefined): string {
  const encoding = htmlEncodingSniffer(bytes, {
    ...(label === undefined ? {} : { transportLayerEncodingLabel: label }),
    defaultEncoding: undeclared,
  });
  const isTold = label !== undefined && encoding !== undeclared;
  if (isTold || hasMark(bytes)) return decodeAs(encoding, bytes);
  const isAscii = !bytes.some((byte) => byte >= 0x80);
  const utf8 = isAscii ? undefined : asUtf8(bytes);
  if (utf8 !== undefined) return utf8;
  if (encoding !== undeclared) return decodeAs(encoding, bytes);
  const named = isAscii ? undefined : (label ?? declaredIn(bytes));
  if (named !== undefined) throw unknownCharset(named);
  return decodeAs('windows-1252', bytes);
}

const hasMark = ([first, second, third]: Uint8Array): boolean =>
  (first === 0xef && second === 0xbb && third === 0xbf) ||
  (first === 0xfe && second === 0xff) ||
  (first === 0xff && second === 0xfe);

/** The text when the bytes are UTF-8; text of another charset that happens to be is too rare to matter. */
function asUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** No charset has this name: it comes back only when the page and its sender name none that exists. */
const undeclared = 'undeclared';

function decodeAs(encoding: string, bytes: Uint8Array): string {
  if (!isCharset(encoding)) throw unknownCharset(encoding);
  return new TextDecoder(encoding).decode(bytes);
}

function unknownCharset(label: string): InputProblem {
  return new InputProblem(
    'ERR_INPUT_ENCODING',
    `is said to be in the charset "${label}", which cannot be read; name the right one with --encoding`,
  );
}

/** What the page says, also when that is no charset there is. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  return /<meta[^>]{0,256}charset\s*=\s*["']?\s*([^\s"'>;/]{1,40})/i.exec(head)?.[1];
}

const empty = (): InputProblem => new InputProblem('ERR_INPUT_EMPTY', 'is empty');
