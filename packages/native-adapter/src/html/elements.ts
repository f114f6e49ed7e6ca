import type { Element } from 'domhandler';

/** Elements that start and end a line of their own. */
export const blockElements: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body canvas center dd details dialog div dl dt fieldset figcaption figure ' +
    'footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre search section summary ' +
    'table tbody td tfoot th thead tr ul caption'
  ).split(' '),
);

/** Blocks set off by an empty line rather than a line break. */
export const paragraphElements: ReadonlySet<string> = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table figure hr article section main header footer'.split(
    ' ',
  ),
);

/** Elements whose content is not text for a reader. */
export const unreadableElements: ReadonlySet<string> = new Set(
  'script style noscript template iframe object embed svg head title select textarea audio video canvas'.split(
    ' ',
  ),
);

/**
 * An attribute's value. Looks at own properties only: htmlparser2 keeps attributes in plain objects,
 * where `constructor` would find an inherited function.
 */
export function attribute(element: Element, name: string): string | undefined {
  return Object.hasOwn(element.attribs, name) ? element.attribs[name] : undefined;
}
