import type { YellowstoneFrame } from '../../src/index.js';
import { ChainMessage } from '../../src/testing/index.js';

/** What came, compared with what should have come. */
export interface Account {
  readonly delivered: number;
  readonly lost: number;
  readonly doubled: number;
  readonly unknown: number;
}

/** A message and a frame of it agree in their body. */
function nameOf(body: Uint8Array): string {
  return Buffer.from(body).toString('latin1');
}

/** How many frames of `expected` are missing, came twice, or were never sent. */
export function accountFor(
  expected: readonly ChainMessage[],
  frames: readonly YellowstoneFrame[],
): Account {
  const counts = new Map(expected.map((message) => [nameOf(message.body), 0]));
  let unknown = 0;
  for (const { bytes, kind } of frames) {
    if (kind === 'malformed') continue;
    const name = nameOf(new ChainMessage(bytes).body);
    const count = counts.get(name);
    if (count === undefined) unknown++;
    else counts.set(name, count + 1);
  }
  const all = [...counts.values()];
  return {
    delivered: all.reduce((sum, each) => sum + each, 0),
    lost: all.filter((each) => each === 0).length,
    doubled: all.reduce((sum, each) => sum + Math.max(0, each - 1), 0),
    unknown,
  };
}
