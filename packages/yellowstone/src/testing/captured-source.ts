import type { Source } from '@rockpool/pipeline';
import { requestFor } from '../filters/request.js';
import type { YellowstoneFrame } from '../source/frame.js';
import { decodeFrame, frameOf } from '../updates/decode.js';
import type { YellowstoneKinds } from '../updates/kinds.js';
import { readCapture } from './capture.js';
import { ChainMessage } from './chain-message.js';
import { matchingFilters } from './matching.js';

/** Messages that are handed over at once. */
const BATCH = 64;

/**
 * A source that reads a capture from its beginning to its end, without a server: each message goes to the pipelines
 * that would have been sent it, whoever it was captured for. It reads as fast as the pipelines take it.
 *
 * @param capture see `writeCapture`; one that ends within a message, or holds something else, ends the run with an error
 * @param name what it is connected to, for events
 */
export function capturedSource(
  capture: Uint8Array,
  name = 'capture',
): Source<YellowstoneKinds, YellowstoneFrame> {
  return {
    name,
    async run({ subscriptions, sink, signal }) {
      const { request } = requestFor(subscriptions.values(), undefined);
      sink.report('connected', { endpoint: name });
      let frames: YellowstoneFrame[] = [];
      try {
        for (const bytes of readCapture(capture)) {
          if (signal.aborted) return { type: 'cancelled' };
          const message = new ChainMessage(bytes);
          // The request may name filters of the source's own, which are nobody's here.
          const filters = matchingFilters(request, message).filter((id) => subscriptions.has(id));
          if (filters.length === 0) continue;
          frames.push({ ...frameOf(message.body), filters });
          if (frames.length < BATCH) continue;
          await sink.push(frames);
          frames = [];
        }
      } finally {
        // What stands before a mistake counts.
        await sink.push(frames);
      }
      return { type: 'completed' };
    },
    decode: decodeFrame,
  };
}
