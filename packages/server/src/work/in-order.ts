/**
 * Works on up to `window` items at once and yields the results in the order of the items. `work` must not reject:
 * a failure is a result as well. Bounds what is kept when one item takes long and others are done.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item>,
  window: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, void> {
  const begun: Promise<Result>[] = [];
  for (const item of items) {
    begun.push(work(item));
    if (begun.length < window) continue;
    yield* takeFirst(begun);
  }
  while (begun.length > 0) yield* takeFirst(begun);
}

async function* takeFirst<Result>(begun: Promise<Result>[]): AsyncGenerator<Result, void, void> {
  const first = begun.shift();
  if (first !== undefined) yield await first;
}
