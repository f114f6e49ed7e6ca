import { type AnyNode, hasChildren } from 'domhandler';

/** What to do after a node was entered: `skip` passes over its children and its `leave`, `stop` ends the walk. */
export type Step = 'descend' | 'skip' | 'stop';

export interface Visitor {
  enter(node: AnyNode): Step;
  leave?(node: AnyNode): void;
}

/**
 * Visits `root` and everything below it in document order. Follows the links between nodes instead of
 * recursing: the depth of a page cannot overflow the stack.
 */
export function walk(root: AnyNode, visitor: Visitor): void {
  let node = root;
  for (;;) {
    const step = visitor.enter(node);
    if (step === 'stop') return;
    const first = step === 'descend' && hasChildren(node) ? node.children[0] : undefined;
    if (first !== undefined) {
      node = first;
      continue;
    }
    if (step === 'descend') visitor.leave?.(node);
    const next = following(node, root, visitor);
    if (next === undefined) return;
    node = next;
  }
}

/** The next node after a finished subtree, leaving every ancestor that ends with it. */
function following(from: AnyNode, root: AnyNode, visitor: Visitor): AnyNode | undefined {
  let node = from;
  while (node !== root) {
    if (node.next !== null) return node.next;
    if (node.parent === null) return undefined;
    node = node.parent;
    visitor.leave?.(node);
  }
  return undefined;
}
