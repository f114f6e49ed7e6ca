import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A web server on loopback. */
export interface Web {
  readonly origin: string;
  /** The paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Settles when this many requests have come. */
  requests(count: number): Promise<void>;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Serves `answers` by path until the tests of the file have ended. */
export async function webOf(answers: Readonly<Record<string, Answer>>): Promise<Web> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, request);
    server.emit('asked');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    requests: async (count) => {
      while (asked.length < count) await once(server, 'asked');
    },
  };
}

/** Answers with a page. */
export const html =
  (text: string | Uint8Array, type = 'text/html'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': type }).end(text);
  };
