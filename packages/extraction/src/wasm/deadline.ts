import type { DeadlineOptions } from '@rockpool/wasm-adapter';
import type { Settings } from '../config/settings.js';

/** The longest that a timer can be set for. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * When a guest is stopped: softly at the deadline of a page, and with its worker if it does not heed that. Without a hard
 * timeout a worker that does not answer at its deadline is left alone.
 */
export function deadlineOf(settings: Settings, extractionTimeoutMs: number): DeadlineOptions {
  if (!settings['wasm.enableHardTimeout']) {
    return { ms: extractionTimeoutMs, hardKillAfterMs: NEVER_MS };
  }
  const askedMs = Math.min(settings['wasm.hardTimeoutMs'], 2 * extractionTimeoutMs);
  return { ms: extractionTimeoutMs, hardKillAfterMs: Math.max(extractionTimeoutMs, askedMs) };
}
