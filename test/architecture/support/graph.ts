/** Who names whom. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** A graph from its edges; a node that names itself is left out. */
export function graphOf(edges: Iterable<readonly [from: string, to: string]>): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from === to) continue;
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets.add(to));
    if (!graph.has(to)) graph.set(to, new Set());
  }
  return graph;
}

/** Every knot: a group of nodes of which each reaches each other (Tarjan's strongly connected components). */
export function knotsOf(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const knots: string[][] = [];
  const visit = (node: string): number => {
    const index = order.size;
    order.set(node, index);
    path.push(node);
    let low = index;
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (path.includes(next)) low = Math.min(low, order.get(next) as number);
    }
    lowest.set(node, low);
    if (low === index) {
      const knot = path.splice(path.indexOf(node));
      if (knot.length > 1) knots.push(knot.sort());
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return knots;
}
