import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** One of the pages in `examples/pages`. */
export const examplePage = (name: string): string =>
  readFileSync(join(root, 'examples', 'pages', name), 'utf8');

/** A real page and what a reader mode should find in it. */
export interface RealPage {
  readonly name: string;
  readonly html: string;
  readonly expectedHtml: string;
  readonly expected: {
    readonly title: string | null;
    readonly siteName: string | null;
    readonly dir: string | null;
  };
}

const folder = join(root, '..', 'shared', 'data', 'html');

/** Why real pages cannot be read, or undefined when they can. */
export const noRealPages: string | undefined = existsSync(folder)
  ? undefined
  : 'the optional folder ../shared/data/html beside the repository is missing';

export function realPages(): RealPage[] {
  if (noRealPages !== undefined) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'source.html')))
    .map((name) => ({
      name,
      html: readFileSync(join(folder, name, 'source.html'), 'utf8'),
      expectedHtml: readFileSync(join(folder, name, 'expected.html'), 'utf8'),
      expected: JSON.parse(
        readFileSync(join(folder, name, 'expected-metadata.json'), 'utf8'),
      ) as RealPage['expected'],
    }));
}
