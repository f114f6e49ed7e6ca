/**
 * A store in a process of its own, as a database is: takes writes over a socket, and confirms each a millisecond later,
 * however many records it holds.
 */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** The time that a write takes there. */
const WRITE_MS = 1;
const HEADER_BYTES = 4;
const CONFIRMED = Uint8Array.of(1);

const server = createServer({ noDelay: true }, (socket) => {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerHas = 0;
  let left = 0;
  socket.on('data', (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (headerHas < HEADER_BYTES) {
        header[headerHas] = chunk[at] as number;
        headerHas += 1;
        at += 1;
        if (headerHas === HEADER_BYTES) left = header.readUInt32LE(0);
        continue;
      }
      const taken = Math.min(left, chunk.length - at);
      left -= taken;
      at += taken;
      if (left > 0) continue;
      headerHas = 0;
      setTimeout(() => socket.write(CONFIRMED), WRITE_MS);
    }
  });
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('disconnect', () => process.exit(0));
