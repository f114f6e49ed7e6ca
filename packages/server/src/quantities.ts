/** Bytes from `512`, `500kB`, `10MB`, `16MiB`; undefined when it is no such thing. */
export function parseBytes(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = byteUnits[found?.[2]?.toLowerCase() ?? '?'];
  if (found === null || factor === undefined) return undefined;
  const bytes = Math.floor(Number(found[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Milliseconds from `500ms`, `30s`, `2m`; `0` needs no unit. Undefined when it is no such thing. */
export function parseDuration(text: string): number | undefined {
  if (text.trim() === '0') return 0;
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/i.exec(text.trim());
  const factor = durationUnits[found?.[2]?.toLowerCase() ?? '?'];
  if (found === null || factor === undefined) return undefined;
  const durationMs = Math.round(Number(found[1]) * factor);
  // Timers wrap around beyond this.
  return durationMs < 2 ** 31 ? durationMs : undefined;
}

export function showBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const [unit, factor] = bytes < 1_000_000 ? ['kB', 1_000] : ['MB', 1_000_000];
  return `${trimmed(bytes / Number(factor))} ${unit}`;
}

export function showDuration(durationMs: number): string {
  if (durationMs < 10) return `${trimmed(durationMs)} ms`;
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  return `${trimmed(durationMs / 1_000)} s`;
}

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
};

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

const trimmed = (value: number): string => String(Number(value.toFixed(value < 10 ? 2 : 1)));
