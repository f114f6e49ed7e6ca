/** The functions of an extractor component, `riptide:extractor@0.2.0`. */
export interface ExtractorGuest {
  extract(html: string, url: string, mode: GuestMode): GuestContent;
  getModes(): readonly string[];
}

/** A mode as the component takes it. */
export interface GuestMode {
  readonly tag: 'article' | 'full' | 'metadata' | 'custom';
  readonly val?: string[];
}

/** What the component gives. An `option` that is none is absent. */
export interface GuestContent {
  readonly url: string;
  readonly title?: string;
  readonly byline?: string;
  readonly publishedIso?: string;
  readonly markdown: string;
  readonly text: string;
  readonly links: readonly string[];
  readonly media: readonly string[];
  readonly language?: string;
  readonly readingTime?: number;
  readonly qualityScore?: number;
  readonly wordCount?: number;
  readonly categories: readonly string[];
  readonly siteName?: string;
  readonly description?: string;
}

/** The variant of an `extraction-error`, if a value thrown by the component is one. */
export function refusalOf(thrown: unknown): { variant: string; detail: string } | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { payload } = thrown as { payload?: unknown };
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { tag, val } = payload as { tag?: unknown; val?: unknown };
  return typeof tag === 'string' ? { variant: tag, detail: String(val) } : undefined;
}
