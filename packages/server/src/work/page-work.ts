import { performance } from 'node:perf_hooks';
import { PoolError } from '@rockpool/core';
import { ExtractError } from '@rockpool/native-adapter';
import { decodePage } from '../inputs/decode.js';
import { InputProblem } from '../inputs/problem.js';
import { type Reading, readSource } from '../inputs/read.js';
import type { Source } from '../inputs/source.js';
import { showDuration } from '../quantities.js';
import type { Extractors, PageResult } from './extractors.js';

/** What became of one page. */
export type PageOutcome =
  | {
      readonly kind: 'done';
      readonly source: Source;
      readonly result: PageResult;
      readonly elapsedMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly source: Source;
      readonly code: string;
      readonly message: string;
    }
  /** Not begun, or not finished, because of an interruption. */
  | { readonly kind: 'skipped'; readonly source: Source };

/** What working on a page needs. */
export interface PageWork {
  readonly extractors: Extractors;
  readonly reading: Reading;
  /** Overrides the charset that a page declares. */
  readonly encoding: string | undefined;
}

/** Takes one page through its life: a place in the pools, reading, decoding, extracting. Never rejects. */
export async function workOn(
  source: Source,
  { extractors, reading, encoding }: PageWork,
): Promise<PageOutcome> {
  const { interrupted } = reading;
  try {
    if (interrupted.aborted) return { kind: 'skipped', source };
    using place = await extractors.place(interrupted, source.name);
    const startedAt = performance.now();
    const page = await readSource(source, reading);
    const result = await place.extract(decodePage(page, encoding), page.url);
    return { kind: 'done', source, result, elapsedMs: performance.now() - startedAt };
  } catch (error) {
    const wasCut = source.kind === 'stdin' && interrupted.aborted;
    if (wasCut || PoolError.is(error, 'ERR_POOL_ABORTED')) return { kind: 'skipped', source };
    return { kind: 'failed', source, ...explain(error, reading) };
  }
}

function explain(error: unknown, { timeoutMs }: Reading): { code: string; message: string } {
  if (error instanceof InputProblem) return { code: error.code, message: error.message };
  if (ExtractError.is(error, 'ERR_EXTRACT_TIMEOUT')) {
    return {
      code: error.code,
      message: `took longer than ${showDuration(timeoutMs)} to extract; raise --timeout`,
    };
  }
  if (ExtractError.is(error) || PoolError.is(error))
    return { code: error.code, message: error.message };
  // Ours to mend: the stack goes where the user can copy it from.
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'ERR_BUG', message: `unexpected failure, please report it: ${shown}` };
}
