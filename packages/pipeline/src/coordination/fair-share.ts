/**
 * How many partitions a member should own: all get the same, and the first ones in order one more where it does not
 * come out even. Everybody who sees the same members comes to the same numbers.
 */
export function fairShare(member: string, members: readonly string[], partitions: number): number {
  const sorted = [...new Set([...members, member])].sort();
  const rest = partitions % sorted.length;
  return Math.floor(partitions / sorted.length) + (sorted.indexOf(member) < rest ? 1 : 0);
}

/** Free partitions in the order in which a member tries to get them: each begins elsewhere, so that few collide. */
export function claimOrder(
  member: string,
  members: readonly string[],
  free: readonly number[],
): number[] {
  const sorted = [...new Set([...members, member])].sort();
  const from = Math.floor((free.length * sorted.indexOf(member)) / sorted.length);
  return [...free.slice(from), ...free.slice(0, from)];
}
