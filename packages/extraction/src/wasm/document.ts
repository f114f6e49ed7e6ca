import type { Link, Media } from '@rockpool/native-adapter';
import type { ExtractedDoc, ExtractionMode } from '../document.js';
import type { GuestContent, GuestMode } from './guest.js';

/** A mode in the words of the component. */
export function guestModeOf(mode: ExtractionMode): GuestMode {
  return typeof mode === 'string' ? { tag: mode } : { tag: 'custom', val: [...mode.custom] };
}

/** A document from what the component gave. What it does not tell is null. */
export function documentOf(
  content: GuestContent,
  mode: ExtractionMode,
  parseTimeMs: number,
): ExtractedDoc {
  const quality = content.qualityScore ?? 0;
  const strategy = strategyOf(mode);
  return {
    url: content.url,
    title: content.title ?? null,
    byline: content.byline ?? null,
    publishedIso: content.publishedIso ?? null,
    modifiedIso: null,
    text: content.text,
    markdown: content.markdown,
    html: '',
    links: content.links.map(linkTo),
    media: content.media.map(pictureAt),
    language: content.language ?? null,
    direction: null,
    wordCount: content.wordCount ?? 0,
    readingTime: content.readingTime ?? 0,
    qualityScore: quality,
    siteName: content.siteName ?? null,
    description: content.description ?? null,
    categories: content.categories,
    canonicalUrl: null,
    strategy,
    parserMetadata: {
      parserUsed: 'wasm',
      confidenceScore: quality / 100,
      fallbackOccurred: false,
      parseTimeMs,
      extractionPath: strategy,
    },
  };
}

function strategyOf(mode: ExtractionMode): ExtractedDoc['strategy'] {
  if (mode === 'article') return 'readability';
  if (mode === 'full') return 'body';
  return mode === 'metadata' ? 'none' : 'selectors';
}

/** The component gives addresses and nothing else. */
function linkTo(url: string): Link {
  return { url, text: '', kind: 'external', rel: null };
}

function pictureAt(url: string): Media {
  return { kind: 'image', url, alt: null };
}
