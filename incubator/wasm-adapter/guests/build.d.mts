/** Builds a guest if its sources or tools have changed and gives the path of the result. */
export function buildGuest(name: 'counter.wasm' | 'extractor.wasm'): Promise<string>;

/** The names and hashes of all guests that are built reproducibly. */
export function hashes(): Promise<Record<string, string>>;
