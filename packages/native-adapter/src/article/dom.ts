import {
  hasChildren,
  isTag,
  isText,
  type Document as ParsedDocument,
  type Element as ParsedElement,
} from 'domhandler';
import { parseHTML } from 'linkedom';
import { walk } from '../html/walk.js';

/** linkedom's document, as far as this package needs it. */
export type DomDocument = ReturnType<typeof parseHTML>['document'];

/**
 * A DOM with the content of a tree that has passed the guards. Building it costs no more than parsing the page a
 * second time, and what was checked is what is used: linkedom's own parser makes a node of every entity, so that a
 * page of entities would grow a thousandfold behind the checks.
 */
export function domOf(tree: ParsedDocument, address: string): DomDocument {
  const { document } = parseHTML('<!doctype html><html><head></head><body></body></html>');
  const open = [document.body];
  walk(tree, {
    enter(node) {
      const parent = open.at(-1) ?? document.body;
      if (isText(node)) parent.appendChild(document.createTextNode(node.data));
      if (!isTag(node)) return hasChildren(node) ? 'descend' : 'skip';
      const existing = partOf(document, node);
      const element = existing ?? document.createElement(node.name);
      for (const name of Object.keys(node.attribs).slice(0, maxAttributes)) {
        element.setAttribute(name, node.attribs[name] ?? '');
      }
      if (existing === undefined) parent.appendChild(element);
      open.push(element);
      return 'descend';
    },
    leave(node) {
      if (isTag(node)) open.pop();
    },
  });
  // linkedom has no address; Readability resolves links against these two.
  const value = { value: address, configurable: true };
  Object.defineProperties(document, { baseURI: value, documentURI: value });
  return document;
}

/** linkedom keeps attributes in a list: its time grows with the square of their number. Real elements have a dozen. */
const maxAttributes = 64;

/** The one root, head and body a document has anyway. */
function partOf(
  document: DomDocument,
  { name, parent }: ParsedElement,
): DomDocument['body'] | undefined {
  if (name === 'html') return document.documentElement;
  const inRoot = parent === null || !isTag(parent) || parent.name === 'html';
  if (!inRoot) return undefined;
  if (name === 'head') return document.head;
  return name === 'body' ? document.body : undefined;
}
