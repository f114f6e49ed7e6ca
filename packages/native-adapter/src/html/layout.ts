import { type AnyNode, type Element, isTag } from 'domhandler';
import { blockElements } from './elements.js';
import { walk } from './walk.js';

/** What has to be known about an element's inside before it is written. */
export interface Layout {
  /** The element has a block somewhere inside: `<b><p>…</p></b>`. */
  holdsBlocks(element: Element): boolean;
  /** The table shows data. Tables that only arrange a page hold whole blocks in their cells. */
  isDataTable(table: Element): boolean;
}

/** Looks once over the whole tree. */
export function layoutOf(root: AnyNode): Layout {
  const withBlocks = new Set<AnyNode>();
  const arranging = new Set<AnyNode>();
  const openTables: { readonly table: Element; widest: number; cells: number }[] = [];
  walk(root, {
    enter(node) {
      if (!isTag(node)) return 'descend';
      const inTable = openTables.at(-1);
      if (inTable !== undefined && arrangingElements.has(node.name)) arranging.add(inTable.table);
      if (inTable !== undefined && node.name === 'tr') inTable.cells = 0;
      if (inTable !== undefined && (node.name === 'td' || node.name === 'th')) {
        inTable.cells += 1;
        inTable.widest = Math.max(inTable.widest, inTable.cells);
      }
      if (node.name === 'table') openTables.push({ table: node, widest: 0, cells: 0 });
      if (blockElements.has(node.name)) markAncestors(node, withBlocks);
      return 'descend';
    },
    leave(node) {
      if (openTables.at(-1)?.table !== node) return;
      // One column is a list at most.
      if ((openTables.pop()?.widest ?? 0) < 2) arranging.add(node);
    },
  });
  return {
    holdsBlocks: (element) => withBlocks.has(element),
    isDataTable: (table) => !arranging.has(table),
  };
}

const arrangingElements: ReadonlySet<string> = new Set(
  'table pre blockquote h1 h2 h3 h4 h5 h6 article section aside nav form'.split(' '),
);

/** Stops at the first ancestor that is marked already: every node is marked once in all. */
function markAncestors(node: Element, marked: Set<AnyNode>): void {
  let at: AnyNode | null = node.parent;
  while (at !== null && !marked.has(at)) {
    marked.add(at);
    at = at.parent;
  }
}
