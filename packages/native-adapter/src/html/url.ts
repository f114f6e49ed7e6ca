import type { Document } from 'domhandler';
import { isTag } from 'domhandler';
import { ExtractError, quote } from '../errors.js';
import { attribute } from './elements.js';
import { walk } from './walk.js';

/** `reference` as an absolute URL, or null when it is none and cannot be made one. */
export function resolveUrl(reference: string, base: string | undefined): string | null {
  const trimmed = reference.trim();
  if (trimmed === '') return null;
  if (base !== undefined && URL.canParse(trimmed, base)) return new URL(trimmed, base).href;
  return URL.canParse(trimmed) ? new URL(trimmed).href : null;
}

/**
 * The address against which the links of a page are resolved: its `<base href>`, else its own URL.
 * Undefined when neither is known.
 */
export function baseUrlOf(document: Document, url: string | undefined): string | undefined {
  let declared: string | undefined;
  walk(document, {
    enter(node) {
      if (!isTag(node)) return 'descend';
      if (node.name === 'body') return 'stop';
      if (node.name !== 'base') return 'descend';
      declared = attribute(node, 'href');
      return declared === undefined ? 'descend' : 'stop';
    },
  });
  const resolved = declared === undefined ? null : resolveUrl(declared, url);
  return resolved !== null && /^https?:/.test(resolved) ? resolved : url;
}

/**
 * Checks the URL a caller gives for a page.
 *
 * @throws ExtractError `ERR_EXTRACT_INVALID_URL`
 */
export function requirePageUrl(url: string): string {
  if (url.length <= 2048 && URL.canParse(url) && /^(https?|file|about):/i.test(url))
    return new URL(url).href;
  throw new ExtractError(
    'ERR_EXTRACT_INVALID_URL',
    `Invalid page URL ${quote(url)}: expected an absolute http(s) URL of at most 2048 characters, for example "https://example.com/news".`,
  );
}

/** Where a link leads. */
export type LinkKind =
  | 'internal'
  | 'external'
  | 'anchor'
  | 'download'
  | 'email'
  | 'phone'
  | 'other';

export function linkKindOf(resolved: string, base: string | undefined): LinkKind {
  if (resolved.startsWith('mailto:')) return 'email';
  if (resolved.startsWith('tel:') || resolved.startsWith('sms:')) return 'phone';
  if (resolved.startsWith('#')) return 'anchor';
  if (!/^[a-z][a-z0-9+.-]*:/i.test(resolved)) return 'internal';
  if (!/^https?:/.test(resolved)) return 'other';
  const target = new URL(resolved);
  if (downloadable.test(target.pathname)) return 'download';
  if (base === undefined) return 'external';
  const page = new URL(base);
  if (target.host !== page.host) return 'external';
  const samePage = target.pathname === page.pathname && target.search === page.search;
  return samePage && target.hash !== '' ? 'anchor' : 'internal';
}

const downloadable =
  /\.(?:pdf|zip|gz|tgz|tar|7z|rar|dmg|exe|msi|pkg|deb|rpm|docx?|xlsx?|pptx?|odt|ods|csv|epub|mp3|mp4|mov|avi|iso)$/i;
