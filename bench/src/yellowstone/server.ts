/** A stand-in in a process of its own: whoever subscribes gets one stream, as fast as it takes it. */
import { StandIn } from '@rockpool/yellowstone/testing';
import { STREAMS, type StreamName } from './messages.js';
import type { ServerNews } from './server-process.js';

/** Few enough at once that the first are under way while the last are still being put in line. */
const AT_ONCE = 1_000;

const stream = STREAMS[process.argv[2] as StreamName]();
if (stream === undefined) {
  tell({ kind: 'no data' });
} else {
  const { kind, count, messages } = stream;
  const server = await StandIn.listen({ replaySlots: 0 });
  const bytes = messages.reduce((sum, { body }) => sum + body.length, 0) / messages.length;
  tell({ kind: 'ready', address: server.address, of: kind, count, bytes });
  for (;;) {
    await server.subscribed();
    for (let at = 0; at < messages.length; at += AT_ONCE) {
      server.publish(messages.slice(at, at + AT_ONCE));
      await new Promise(setImmediate);
    }
  }
}

function tell(news: ServerNews): void {
  process.send?.(news);
}
