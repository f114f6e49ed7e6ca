/** The time of day in ms since 1970, for dates that people read. Nothing is decided by it. */
export function wallTime(): number {
  return Date.now();
}
