/** The time of day in ms since 1970, for dates that people read. Never used to measure. */
export function timeOfDay(): number {
  return Date.now();
}
