import type { Frame, Key, Sourced, Update } from '../contract/update.js';
import type { Mark } from '../state/progress.js';

/** One update on its way through one pipeline. Its fields are written by the stage that has it. */
export class Item implements Sourced {
  readonly update: Update;
  readonly frame: Frame;
  /** Closed when the item is done with; undefined where the update has no position. */
  readonly mark: Mark | undefined;
  key: Key | undefined = undefined;
  value: unknown = undefined;
  /** Who comes after it in its lane. */
  after: Item | undefined = undefined;
  inLane = false;
  /** Handlers that have not settled; in a sequence, which one has its turn. */
  unsettled = 0;
  /** Batches it waits in. */
  inBatches = 0;
  step = 0;
  /** Handlers that run just now; the item holds a permit while there are any. */
  running = 0;
  begun = false;
  failed = false;
  settled = false;

  constructor(update: Update, frame: Frame, mark: Mark | undefined) {
    this.update = update;
    this.frame = frame;
    this.mark = mark;
  }

  get sizeBytes(): number {
    return this.update.sizeBytes;
  }
}
