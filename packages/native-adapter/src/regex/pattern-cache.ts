import { LRUCache } from 'lru-cache';
import { type CompiledPattern, compilePattern, type PatternOptions } from './pattern.js';

/**
 * The compiled patterns of one extractor, the least recently used leave first. Not shared between extractors:
 * a linear pattern keeps the states it has visited, and those of an interrupted search cannot be trusted.
 */
export class PatternCache {
  readonly #compiled: LRUCache<string, CompiledPattern>;
  #compilations = 0;

  /** @param max how many compiled patterns are kept, default 500 */
  constructor(max = 500) {
    this.#compiled = new LRUCache({ max });
  }

  /** How often a pattern was compiled since the cache exists. */
  get compilations(): number {
    return this.#compilations;
  }

  /** @throws InvalidPatternError */
  get(pattern: string | RegExp, options: PatternOptions = {}): CompiledPattern {
    const source =
      typeof pattern === 'string' ? `s${pattern}` : `r${pattern.flags}/${pattern.source}`;
    const { flags = '', engine = 'linear', trusted = false, deadlineMs = 0 } = options;
    const key = `${engine}|${trusted}|${deadlineMs}|${flags}|${source}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = compilePattern(pattern, options);
    this.#compilations += 1;
    this.#compiled.set(key, compiled);
    return compiled;
  }
}
