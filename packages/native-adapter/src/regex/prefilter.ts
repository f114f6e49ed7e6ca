import { RE2Set } from 're2js';
import type { CompiledPattern } from './pattern.js';

/** Says in one pass over a text which patterns may match: most pages hold few of them. */
export interface Prefilter {
  /** Indexes of the patterns worth running, ascending. */
  candidates(text: string): number[];
}

/** A state machine over all patterns that RE2 can read; the others always count as candidates. */
export function prefilterOf(patterns: readonly CompiledPattern[]): Prefilter {
  const always: number[] = [];
  const inSet: number[] = [];
  const set = new RE2Set(RE2Set.UNANCHORED, 0, maxMemoryBytes);
  patterns.forEach((pattern, at) => {
    if (pattern.linearSource === undefined || /\(\?<[=!]/.test(pattern.linearSource)) {
      always.push(at);
      return;
    }
    set.add(pattern.linearSource);
    inSet.push(at);
  });
  // A set pays from the second pattern on.
  if (inSet.length < 2) return { candidates: () => patterns.map((_, at) => at) };
  set.compile();
  return {
    candidates: (text) =>
      [...always, ...set.match(text).map((at) => inSet[at] as number)].sort((a, b) => a - b),
  };
}

const maxMemoryBytes = 2 * 1024 * 1024;
