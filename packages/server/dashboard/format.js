/** Numbers as people read them. */

/** @param {number} share from 0 to 1 */
export const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** @param {number} ms */
export function duration(ms) {
  if (ms === 0) return '0';
  if (ms < 1) return `${(ms * 1_000).toFixed(0)} µs`;
  if (ms < 1_000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** @param {number} count */
export function bytes(count) {
  if (count === 0) return '0';
  const { unit, size } =
    count < 1_048_576 ? { unit: 'KiB', size: 1_024 } : { unit: 'MiB', size: 1_048_576 };
  return `${(count / size).toFixed(count / size < 10 ? 1 : 0)} ${unit}`;
}

/** @param {number} value */
export const count = (value) => value.toLocaleString('en');

/** @param {string} iso */
export const timeOf = (iso) => new Date(iso).toLocaleTimeString('en-GB');

/**
 * The colour of a word that says how well something is.
 * @param {string} word
 */
export function tone(word) {
  if (['healthy', 'closed', 'low', 'running', 'improving', 'info', 'debug'].includes(word))
    return 'good';
  if (['degraded', 'half-open', 'medium', 'high', 'draining', 'warn', 'degrading'].includes(word))
    return 'warn';
  if (['unhealthy', 'critical', 'open', 'isolated', 'error', 'closing'].includes(word))
    return 'bad';
  return 'quiet';
}
