import { suggestion } from '@rockpool/core';
import { ExtractError } from '@rockpool/native-adapter';
import type { ExtractionMode } from './document.js';

/**
 * Checks the mode that a caller gave for one page.
 *
 * @throws ExtractError `ERR_EXTRACT_OPTIONS`
 */
export function requireMode(mode: unknown): ExtractionMode {
  if (typeof mode === 'string') {
    const found = words.find((word) => word === mode);
    if (found !== undefined) return found;
    const near = suggestion(mode, words);
    throw refusal(`unknown mode "${mode}"${near === undefined ? '' : `, did you mean "${near}"?`}`);
  }
  if (typeof mode !== 'object' || mode === null || !('custom' in mode)) {
    throw refusal(`a mode cannot be ${mode === null ? 'null' : typeof mode}`);
  }
  const { custom } = mode;
  if (Object.keys(mode).length > 1) throw refusal('a custom mode has selectors and nothing else');
  if (!Array.isArray(custom) || custom.length === 0) throw refusal('a custom mode needs selectors');
  if (!custom.every((selector) => typeof selector === 'string' && selector.trim() !== '')) {
    throw refusal('a selector of a custom mode is empty or not a text');
  }
  return { custom: custom as readonly string[] };
}

const words = ['article', 'full', 'metadata'] as const;

function refusal(problem: string): ExtractError {
  return new ExtractError(
    'ERR_EXTRACT_OPTIONS',
    `Cannot extract: ${problem}. Expected "article", "full", "metadata" or { custom: ["h1", …] }.`,
    { field: 'mode' },
  );
}
