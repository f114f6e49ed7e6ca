/** What a bus counts. */
export interface Counts {
  published: number;
  lagged: number;
  listenerErrors: number;
  handlerErrors: number;
  handlerTimeouts: number;
}

export function newCounts(): Counts {
  return { published: 0, lagged: 0, listenerErrors: 0, handlerErrors: 0, handlerTimeouts: 0 };
}
