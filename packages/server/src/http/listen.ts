import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';

/** Answers requests; never rejects. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** A server that listens. */
export interface Listening {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new requests; settles when those that run are answered. */
  close(): Promise<void>;
}

/**
 * Listens on a host and a port; port 0 is any that is free.
 *
 * @throws the error of the system when the port is taken or the host is not ours
 */
export async function listen(
  fetch: Fetch,
  at: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch }) as Server;
  server.listen(at.port, at.host);
  await once(server, 'listening');
  return {
    url: urlOf(server),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeIdleConnections();
      }),
  };
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('bug in rockpool: no port');
  const { address: host, family, port } = address;
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
}
