import type { Source, SourceExit } from '../contract/source.js';
import type { Frame, KindMap, KindOf, Update } from '../contract/update.js';

/** An update that has not arrived yet: the source says when, and how large it is where nothing is said. */
export type Payload<U extends Update> = U extends Update
  ? Omit<U, 'sizeBytes' | 'receivedAtMs'> & { readonly sizeBytes?: number }
  : never;

interface PayloadFrame extends Frame {
  readonly payload: object;
}

const NO_BYTES = new Uint8Array(0);
/** What an update weighs that does not say; a guess for a small object. */
const DEFAULT_SIZE_BYTES = 64;

/**
 * A source of updates that are in memory, or that another iterable makes. Reads as fast as the pipelines take them,
 * `batch` at once.
 *
 * @example
 * const numbers = updatesSource<Kinds>([{ kind: 'number', value: 1 }, { kind: 'number', value: 2 }]);
 */
export function updatesSource<K extends KindMap<K>>(
  updates: Iterable<Payload<K[KindOf<K>]>> | AsyncIterable<Payload<K[KindOf<K>]>>,
  { name = 'updates', batch = 64 }: { readonly name?: string; readonly batch?: number } = {},
): Source<K> {
  return {
    name,
    async run({ sink, signal }): Promise<SourceExit> {
      let frames: PayloadFrame[] = [];
      const take = (update: unknown): void | Promise<void> => {
        frames.push(frameOf(update as Update));
        if (frames.length < batch) return undefined;
        const full = frames;
        frames = [];
        return sink.push(full);
      };
      // An iterable that is there at once costs no promise for each of its updates.
      if (Symbol.iterator in updates) {
        for (const update of updates) {
          if (signal.aborted) break;
          const full = take(update);
          if (full !== undefined) await full;
        }
      } else {
        for await (const update of updates) {
          if (signal.aborted) break;
          await take(update);
        }
      }
      await sink.push(frames);
      return signal.aborted ? { type: 'cancelled' } : { type: 'completed' };
    },
    decode(frame, { receivedAtMs }) {
      const { payload, sizeBytes } = frame as PayloadFrame;
      return [{ ...payload, sizeBytes, receivedAtMs } as never];
    },
  };
}

function frameOf(payload: Update): PayloadFrame {
  const {
    kind,
    position,
    filters,
    sizeBytes = DEFAULT_SIZE_BYTES,
  } = payload as Partial<Update> & {
    kind: string;
  };
  return { kind, position, filters, sizeBytes, bytes: NO_BYTES, payload };
}
