import { type AnyNode, type Element, isTag } from 'domhandler';
import { attribute } from './elements.js';
import { lineOf } from './text.js';
import { type LinkKind, linkKindOf, resolveUrl } from './url.js';
import { walk } from './walk.js';

/** A link of a page. */
export interface Link {
  /** Absolute where the page's address is known. */
  readonly url: string;
  /** The words of the link on one line; empty for a link around an image without a description. */
  readonly text: string;
  readonly kind: LinkKind;
  /** The `rel` attribute, for example `nofollow`; null when there is none. */
  readonly rel: string | null;
}

/** A picture, video or sound of a page. */
export interface Media {
  readonly kind: 'image' | 'video' | 'audio';
  /** Absolute where the page's address is known. */
  readonly url: string;
  /** The description a reader who cannot see it gets; null when the page gives none. */
  readonly alt: string | null;
}

/** The links below `root`, each target once, in document order. Script links are left out. */
export function linksOf(root: AnyNode, base: string | undefined, max: number): Link[] {
  const found = new Map<string, Link>();
  walk(root, {
    enter(node) {
      if (found.size >= max) return 'stop';
      if (!isTag(node) || (node.name !== 'a' && node.name !== 'area')) return 'descend';
      const url = usableUrl(attribute(node, 'href'), base);
      if (url !== null && !found.has(url)) found.set(url, describeLink(node, url, base));
      return 'descend';
    },
  });
  return [...found.values()];
}

/** The media below `root`, each address once, in document order. Inline data is left out. */
export function mediaOf(root: AnyNode, base: string | undefined, max: number): Media[] {
  const found = new Map<string, Media>();
  walk(root, {
    enter(node) {
      if (found.size >= max) return 'stop';
      const kind = isTag(node) ? mediaKindOf(node) : undefined;
      if (kind === undefined) return 'descend';
      const url = usableUrl(sourceOf(node as Element), base);
      const alt = attribute(node as Element, 'alt') ?? attribute(node as Element, 'title') ?? '';
      if (url !== null && !found.has(url))
        found.set(url, { kind, url, alt: alt.trim() === '' ? null : alt.trim() });
      return 'descend';
    },
  });
  return [...found.values()];
}

/** The address of a picture, also of one that a script would load later. */
export function sourceOf(element: Element): string | undefined {
  const candidates = ['src', 'data-src', 'data-lazy-src', 'data-original'].map((name) =>
    attribute(element, name),
  );
  const direct = candidates.find(
    (value) => value !== undefined && value !== '' && !value.startsWith('data:'),
  );
  return direct ?? largestOf(attribute(element, 'srcset') ?? attribute(element, 'data-srcset'));
}

/** An address worth keeping: absolute when possible, no script, no inline data. */
export function usableUrl(reference: string | undefined, base: string | undefined): string | null {
  const trimmed = reference?.trim() ?? '';
  if (trimmed === '' || /^(?:javascript|data|vbscript|blob):/i.test(trimmed)) return null;
  const resolved = resolveUrl(trimmed, base);
  if (resolved !== null) return resolved;
  // Without the page's address a relative link stays what it is.
  return base === undefined ? trimmed : null;
}

function describeLink(element: Element, url: string, base: string | undefined): Link {
  const kind = attribute(element, 'download') === undefined ? linkKindOf(url, base) : 'download';
  const rel = attribute(element, 'rel')?.trim() ?? '';
  return { url, text: lineOf(element), kind, rel: rel === '' ? null : rel };
}

function mediaKindOf(element: Element): Media['kind'] | undefined {
  switch (element.name) {
    case 'img':
      return 'image';
    case 'video':
    case 'audio':
      return element.name;
    case 'source': {
      const owner = element.parent;
      if (owner === null || !isTag(owner)) return undefined;
      return owner.name === 'video' || owner.name === 'audio' ? owner.name : undefined;
    }
    default:
      return undefined;
  }
}

/** The last candidate with the largest width or density of a `srcset`. */
function largestOf(srcset: string | undefined): string | undefined {
  if (srcset === undefined) return undefined;
  let best: { readonly url: string; readonly size: number } | undefined;
  // A comma inside an address has no space after it.
  for (const candidate of srcset.split(/,\s/).slice(0, 64)) {
    const [url, descriptor = '1x'] = candidate.trim().split(/\s+/);
    const size = Number.parseFloat(descriptor);
    if (url === undefined || url === '' || url.startsWith('data:')) continue;
    if (best === undefined || size >= best.size) best = { url, size };
  }
  return best?.url;
}
