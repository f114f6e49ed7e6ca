/** Ends what returned it; calling it again does nothing. Also works with `using`. */
export type Unsubscribe = (() => void) & Disposable;

/** Makes an {@link Unsubscribe} of a function that must run once only. */
export function unsubscribe(end: () => void): Unsubscribe {
  let pending: (() => void) | undefined = end;
  const once = (): void => {
    const run = pending;
    pending = undefined;
    run?.();
  };
  return Object.assign(once, { [Symbol.dispose]: once });
}
