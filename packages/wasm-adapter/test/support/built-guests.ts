import { buildGuest, hashes } from './build-guests.js';

export { hashes };

/** Functions of the extractor component. */
export interface Extractor {
  extract(html: string, url: string, mode: { tag: string; val?: string[] }): Extracted;
  extractWithStats(
    html: string,
    url: string,
    mode: { tag: string; val?: string[] },
  ): [Extracted, { linksFound: number; imagesFound: number }];
  getInfo(): { supportedModes: string[] };
  resetState(): string;
  healthCheck(): { status: string; extractionCount: bigint };
  getModes(): string[];
  validateHtml(html: string): boolean;
}

export interface Extracted {
  readonly title?: string;
  readonly byline?: string;
  readonly text: string;
  readonly markdown: string;
  readonly links: string[];
  readonly language?: string;
  readonly wordCount?: number;
}

/** The extractor component, built from its source if that has changed. */
export const extractorPath = (): Promise<string> => buildGuest('extractor.wasm');
