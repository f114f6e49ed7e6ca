import type { Frame } from '@rockpool/pipeline';
import type { FrameFault } from '../grpc/framing.js';
import type { FrameKind } from '../wire/peek.js';

/** A `SubscribeUpdate` as it came, with what the look into it told. */
export interface YellowstoneFrame extends Frame {
  /** `malformed`: decoding it throws, so that it is counted like everything else. */
  readonly kind: FrameKind | 'malformed';
  readonly bytes: Uint8Array;
  /** The slot; left out once that slot was called complete, as for late statuses. */
  readonly position?: bigint | undefined;
  readonly filters?: readonly string[] | undefined;
  /** Where the update lies within `bytes`. */
  readonly start: number;
  readonly end: number;
  /** Why there is nothing to decode. */
  readonly fault?: FrameFault | undefined;
}

/** A frame that cannot be read. */
export function malformed(bytes: Uint8Array, fault?: FrameFault): YellowstoneFrame {
  return { kind: 'malformed', bytes, start: 0, end: 0, fault };
}
