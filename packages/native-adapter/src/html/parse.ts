import { type AnyNode, type ChildNode, type Document, DomHandler, hasChildren } from 'domhandler';
import { Parser } from 'htmlparser2';
import { parse, type TreeAdapter } from 'parse5';
import { adapter, type Htmlparser2TreeAdapterMap } from 'parse5-htmlparser2-tree-adapter';
import { InputError } from '../errors.js';
import type { ExtractLimits } from '../limits.js';

/**
 * `html5` builds the tree a browser builds (what developer tools show); `fast` skips its corrections:
 * about 1.8 times faster, but selectors such as `table > tbody > tr` may not match.
 */
export type HtmlParserName = 'html5' | 'fast';

/**
 * Parses a page within limits. Parsing stops at the first node too many or too deep, so a hostile page
 * costs no more than the limits say.
 *
 * @throws InputError `ERR_EXTRACT_TOO_DEEP`, `ERR_EXTRACT_TOO_MANY_NODES` or `ERR_EXTRACT_TOO_MANY_ATTRIBUTES`
 */
export function parseHtml(html: string, parser: HtmlParserName, limits: ExtractLimits): Document {
  const document = parser === 'fast' ? parseFast(html, limits) : parseHtml5(html, limits);
  refuseDeepTree(document, limits.maxDepth);
  return document;
}

function parseHtml5(html: string, limits: ExtractLimits): Document {
  return parse(html, {
    treeAdapter: guardedAdapter(limits),
    // Otherwise <noscript> (lazy images, links) would be one text node.
    scriptingEnabled: false,
  });
}

function parseFast(html: string, limits: ExtractLimits): Document {
  const handler = new GuardedHandler(limits);
  new Parser(handler, { decodeEntities: true }).end(html);
  return handler.root;
}

/** Counts while the parser works; its depth is that of the stack of open elements. */
function guardedAdapter(limits: ExtractLimits): TreeAdapter<Htmlparser2TreeAdapterMap> {
  let nodes = 0;
  let depth = 0;
  const count = (): void => {
    nodes += 1;
    if (nodes > limits.maxNodes) throw tooManyNodes(limits.maxNodes);
  };
  return {
    ...adapter,
    createElement(tagName, namespace, attributes) {
      count();
      if (attributes.length > limits.maxAttributes) throw tooManyAttributes(limits.maxAttributes);
      return adapter.createElement(tagName, namespace, attributes);
    },
    createCommentNode(data) {
      count();
      return adapter.createCommentNode(data);
    },
    insertText(parent, text) {
      count();
      adapter.insertText(parent, text);
    },
    insertTextBefore(parent, text, reference) {
      count();
      adapter.insertTextBefore(parent, text, reference);
    },
    onItemPush() {
      depth += 1;
      if (depth > limits.maxDepth) throw tooDeep(limits.maxDepth);
    },
    onItemPop() {
      depth -= 1;
    },
  };
}

class GuardedHandler extends DomHandler {
  readonly #limits: ExtractLimits;
  #nodes = 0;

  constructor(limits: ExtractLimits) {
    super();
    this.#limits = limits;
  }

  override onopentag(name: string, attributes: Record<string, string>): void {
    if (this.tagStack.length > this.#limits.maxDepth) throw tooDeep(this.#limits.maxDepth);
    if (Object.keys(attributes).length > this.#limits.maxAttributes) {
      throw tooManyAttributes(this.#limits.maxAttributes);
    }
    super.onopentag(name, attributes);
  }

  protected override addNode(node: ChildNode): void {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.maxNodes) throw tooManyNodes(this.#limits.maxNodes);
    super.addNode(node);
  }

  /** Called by the parser for a failure of its own; a page must not fail silently. */
  override onerror(error: Error): void {
    throw error;
  }
}

/** Misnested tags are moved after they were counted (adoption agency), so the finished tree is measured too. */
function refuseDeepTree(root: Document, maxDepth: number): void {
  let depth = 0;
  let node: AnyNode = root;
  for (;;) {
    const first: ChildNode | undefined = hasChildren(node) ? node.children[0] : undefined;
    if (first !== undefined) {
      depth += 1;
      if (depth > maxDepth + 1) throw tooDeep(maxDepth);
      node = first;
      continue;
    }
    while (node.next === null) {
      if (node.parent === null) return;
      node = node.parent;
      depth -= 1;
    }
    node = node.next;
  }
}

const tooDeep = (limit: number): InputError =>
  new InputError(
    'ERR_EXTRACT_TOO_DEEP',
    `The page nests elements deeper than ${limit} levels. Browsers stop at 512; raise limits.maxDepth only for trusted pages.`,
  );

const tooManyNodes = (limit: number): InputError =>
  new InputError(
    'ERR_EXTRACT_TOO_MANY_NODES',
    `The page has more than ${limit} nodes. Raise limits.maxNodes if such pages are expected.`,
  );

const tooManyAttributes = (limit: number): InputError =>
  new InputError(
    'ERR_EXTRACT_TOO_MANY_ATTRIBUTES',
    `An element of the page has more than ${limit} attributes. Raise limits.maxAttributes if such pages are expected.`,
  );
