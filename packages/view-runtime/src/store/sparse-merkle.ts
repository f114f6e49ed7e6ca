import { hash } from 'node:crypto';

/** Root of a tree without leaves, and the hash of every empty subtree: 32 zero bytes. */
export const EMPTY_HASH: Uint8Array = new Uint8Array(32);

/**
 * Where a tree keeps its nodes. A position is the depth in two bytes, then the bits of the path that lead there,
 * padded with zeros to whole bytes.
 */
export interface NodeTable {
  get(position: Uint8Array): Uint8Array | undefined;
  put(position: Uint8Array, node: Uint8Array): void;
}

/** A leaf: where it belongs and what it hashes to. */
export interface Leaf {
  /** SHA-256 of the key; its bits, most significant first, are the way down from the root. */
  readonly path: Uint8Array;
  readonly hash: Uint8Array;
}

/** Shows that a key has a value, or none, under a root. */
export interface StateProof {
  /** Hashes of the subtrees beside the way down, from the root. */
  readonly siblings: readonly Uint8Array[];
  /** The leaf found at the end of the way: that of the key, that of another key, or none. */
  readonly leaf: Leaf | undefined;
}

/** The leaf of a key and its value: `SHA256(01 ‖ key ‖ SHA256(value))` at the path `SHA256(key)`. */
export function leafOf(key: Uint8Array, value: Uint8Array): Leaf {
  return { path: sha256(key), hash: sha256(Buffer.concat([LEAF_TAG, key, sha256(value)])) };
}

/**
 * Puts leaves into the tree and returns its new root. Reads and writes only the nodes on their ways. A subtree with
 * one leaf is that leaf, so the root depends on the set of keys and values alone and not on the order of writing.
 */
export function putLeaves(nodes: NodeTable, leaves: readonly Leaf[]): Uint8Array {
  if (leaves.length === 0) return rootOf(nodes);
  const byPath = new Map(leaves.map((leaf) => [Buffer.from(leaf.path).toString('latin1'), leaf]));
  const sorted = [...byPath.values()].sort((a, b) => Buffer.compare(a.path, b.path));
  return putAt(nodes, 0, sorted);
}

/** The root of the tree as it stands. */
export function rootOf(nodes: NodeTable): Uint8Array {
  const node = nodes.get(positionOf(EMPTY_HASH, 0));
  return node === undefined ? EMPTY_HASH : hashOf(node);
}

/** Collects the hashes beside the way to `key`. */
export function proveKey(nodes: Pick<NodeTable, 'get'>, key: Uint8Array): StateProof {
  const path = sha256(key);
  const siblings: Uint8Array[] = [];
  for (let depth = 0; ; depth++) {
    const node = nodes.get(positionOf(path, depth));
    if (node === undefined) return { siblings, leaf: undefined };
    if (node[0] === LEAF) return { siblings, leaf: leafAt(node) };
    siblings.push(bitAt(path, depth) === 0 ? rightOf(node) : leftOf(node));
  }
}

/** Whether `proof` shows under `root` that `key` has `value`, or no value when that is `undefined`. */
export function verifyProof(
  root: Uint8Array,
  key: Uint8Array,
  value: Uint8Array | undefined,
  proof: StateProof,
): boolean {
  const path = sha256(key);
  const { leaf, siblings } = proof;
  if (siblings.length > 256) return false;
  const isOwnLeaf = leaf !== undefined && Buffer.compare(leaf.path, path) === 0;
  if (value === undefined) {
    if (isOwnLeaf) return false;
    if (leaf !== undefined && sharedBits(leaf.path, path) < siblings.length) return false;
  } else if (!isOwnLeaf || Buffer.compare(leaf.hash, leafOf(key, value).hash) !== 0) {
    return false;
  }
  let current = leaf?.hash ?? EMPTY_HASH;
  for (let depth = siblings.length - 1; depth >= 0; depth--) {
    const sibling = siblings[depth] as Uint8Array;
    current = bitAt(path, depth) === 0 ? pairHash(current, sibling) : pairHash(sibling, current);
  }
  return Buffer.compare(current, root) === 0;
}

/** The root over a whole set of keys and values, made from nothing; what a store is checked against. */
export function rootOfEntries(
  entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
): Uint8Array {
  const nodes = new Map<string, Uint8Array>();
  const name = (position: Uint8Array): string => Buffer.from(position).toString('latin1');
  return putLeaves(
    {
      get: (position) => nodes.get(name(position)),
      put: (position, node) => nodes.set(name(position), node),
    },
    Array.from(entries, ([key, value]) => leafOf(key, value)),
  );
}

const LEAF = 1;
const BRANCH = 0;
const LEAF_TAG = Uint8Array.of(LEAF);
const BRANCH_TAG = Uint8Array.of(BRANCH);

function putAt(nodes: NodeTable, depth: number, leaves: readonly Leaf[]): Uint8Array {
  const position = positionOf((leaves[0] as Leaf).path, depth);
  const before = nodes.get(position);
  const all = before?.[0] === LEAF ? withLeaf(leaves, leafAt(before)) : leaves;
  if (all.length === 1 && before?.[0] !== BRANCH) {
    const only = all[0] as Leaf;
    nodes.put(position, Buffer.concat([LEAF_TAG, only.path, only.hash]));
    return only.hash;
  }
  const middle = firstOnTheRight(all, depth);
  const branch = before?.[0] === BRANCH ? before : undefined;
  const left =
    middle > 0
      ? putAt(nodes, depth + 1, all.slice(0, middle))
      : branch
        ? leftOf(branch)
        : EMPTY_HASH;
  const right =
    middle < all.length
      ? putAt(nodes, depth + 1, all.slice(middle))
      : branch
        ? rightOf(branch)
        : EMPTY_HASH;
  nodes.put(position, Buffer.concat([BRANCH_TAG, left, right]));
  return pairHash(left, right);
}

/** A leaf that stood alone meets newcomers: it goes down with them, unless one of them replaces it. */
function withLeaf(leaves: readonly Leaf[], alone: Leaf): readonly Leaf[] {
  const at = leaves.findIndex((leaf) => Buffer.compare(leaf.path, alone.path) >= 0);
  if (at === -1) return [...leaves, alone];
  if (Buffer.compare((leaves[at] as Leaf).path, alone.path) === 0) return leaves;
  return [...leaves.slice(0, at), alone, ...leaves.slice(at)];
}

function firstOnTheRight(sorted: readonly Leaf[], depth: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bitAt((sorted[middle] as Leaf).path, depth) === 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function positionOf(path: Uint8Array, depth: number): Uint8Array {
  const whole = depth >>> 3;
  const rest = depth & 7;
  const position = new Uint8Array(2 + whole + (rest > 0 ? 1 : 0));
  position[0] = depth >>> 8;
  position[1] = depth & 0xff;
  position.set(path.subarray(0, whole), 2);
  if (rest > 0) position[2 + whole] = (path[whole] as number) & (0xff << (8 - rest));
  return position;
}

function bitAt(path: Uint8Array, depth: number): number {
  return ((path[depth >>> 3] as number) >>> (7 - (depth & 7))) & 1;
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  let depth = 0;
  while (depth < 256 && bitAt(a, depth) === bitAt(b, depth)) depth++;
  return depth;
}

function leafAt(node: Uint8Array): Leaf {
  return { path: node.subarray(1, 33), hash: node.subarray(33, 65) };
}

function leftOf(node: Uint8Array): Uint8Array {
  return node.subarray(1, 33);
}

function rightOf(node: Uint8Array): Uint8Array {
  return node.subarray(33, 65);
}

function hashOf(node: Uint8Array): Uint8Array {
  return node[0] === LEAF ? node.subarray(33, 65) : pairHash(leftOf(node), rightOf(node));
}

function pairHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([BRANCH_TAG, left, right]));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
