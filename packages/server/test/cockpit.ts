import { createPool, type Pool } from '@rockpool/core';
import { EventBus } from '@rockpool/events';
import { createExtractionPool, type ExtractionPoolOptions } from '@rockpool/extraction';
import { afterEach } from 'vitest';
import { Cockpit, CockpitServer, type ServerOptions } from '../src/index.js';

const ends: (() => Promise<void>)[] = [];

/** What was started is ended after each test, the last first. */
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Something that uses as much memory as a test says. */
export interface Guest {
  bytes: number;
}

/** A real server over a real extraction pool, with a pool of guests beside it. */
export async function serving(
  options: ServerOptions = {},
  extractionOptions: Omit<ExtractionPoolOptions, 'bus'> = {},
) {
  const bus = new EventBus();
  const extraction = createExtractionPool({ bus, ...extractionOptions });
  const guests: Pool<Guest> = createPool<Guest>(
    { create: () => ({ bytes: 100 }), memoryBytes: ({ bytes }) => bytes },
    { name: 'guests', max: 4, leakThresholdMs: 200, poolMemoryLimitBytes: 1_000 },
  );
  const cockpit = new Cockpit({ extraction, bus, pools: [guests as never] });
  const server = await CockpitServer.start(cockpit, { port: 0, snapshotMs: 100, ...options });
  ends.push(async () => {
    await server.close();
    await guests.close({ force: true });
    await extraction.close();
    await bus.close();
  });
  return { bus, extraction, guests, cockpit, server, url: server.url };
}

/** One part of an event stream. */
export interface StreamPart {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Reads an event stream until `enough`, then leaves. */
export async function readStream(
  url: string,
  enough: (parts: readonly StreamPart[]) => boolean,
  headers: Readonly<Record<string, string>> = {},
): Promise<StreamPart[]> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const parts: StreamPart[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined)
        parts.push({ event: field('event') ?? '', id: field('id'), data: JSON.parse(data) });
    }
    if (enough(parts)) break;
  }
  abort.abort();
  return parts;
}
