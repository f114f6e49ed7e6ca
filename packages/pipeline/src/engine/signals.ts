/** Calls `first` at the first of these signals of the process and `again` at each further one, until it is stopped. */
export function onSignals(
  signals: readonly NodeJS.Signals[],
  first: () => void,
  again: () => void,
): () => void {
  let seen = 0;
  const listener = (): void => {
    if (seen++ === 0) first();
    else again();
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
