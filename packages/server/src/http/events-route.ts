import type { TimerHandle } from '@rockpool/core';
import type { Context, Hono } from 'hono';
import type { Cockpit } from '../cockpit/cockpit.js';
import type { LoggedEvent } from '../cockpit/event-log.js';
import type { ResolvedServerOptions } from './options.js';
import { problem } from './problem.js';

/** Events that a slow client may be behind before it loses some. */
const MOST_BEHIND = 500;

/** The open streams of a server. */
export class Streams {
  readonly #open = new Set<EventStream>();

  get size(): number {
    return this.#open.size;
  }

  add(stream: EventStream): void {
    this.#open.add(stream);
  }

  delete(stream: EventStream): void {
    this.#open.delete(stream);
  }

  closeAll(): void {
    for (const stream of [...this.#open]) stream.close();
  }
}

/**
 * `GET /events`: server-sent events. Each carries the id of the log; a client that comes back with `Last-Event-ID` gets
 * what it missed, and is told with `lagged` how much is gone. Between them come `snapshot`s of all pools.
 */
export function addEventsRoute(
  app: Hono,
  cockpit: Cockpit,
  options: ResolvedServerOptions,
  streams: Streams,
): void {
  app.get('/events', (context) => {
    if (streams.size >= options.maxStreams) {
      const detail = `${streams.size} clients are watching already`;
      return problem(context, 503, 'ERR_HTTP_STREAMS', detail, { 'retry-after': '5' });
    }
    const stream = new EventStream(cockpit, options, streams, resumeFrom(context));
    context.req.raw.signal.addEventListener('abort', () => stream.close(), { once: true });
    return context.body(stream.readable, 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });
}

function resumeFrom(context: Context): number | undefined {
  const text = context.req.header('last-event-id') ?? context.req.query('lastEventId');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** One client. What it does not read in time is dropped and counted; it never slows the pools. */
class EventStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #cockpit: Cockpit;
  readonly #options: ResolvedServerOptions;
  readonly #streams: Streams;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #stopListening: () => void = () => {};
  #timer: TimerHandle | undefined;
  #dropped = 0;

  constructor(
    cockpit: Cockpit,
    options: ResolvedServerOptions,
    streams: Streams,
    lastId: number | undefined,
  ) {
    this.#cockpit = cockpit;
    this.#options = options;
    this.#streams = streams;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#begin(lastId);
        },
        cancel: () => this.close(),
      },
      new CountQueuingStrategy({ highWaterMark: MOST_BEHIND }),
    );
    streams.add(this);
  }

  close(): void {
    this.#streams.delete(this);
    this.#stopListening();
    if (this.#timer !== undefined) this.#cockpit.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const controller = this.#controller;
    this.#controller = undefined;
    try {
      controller?.close();
    } catch {
      // It was cancelled by its client: there is nothing left to be closed.
    }
  }

  #begin(lastId: number | undefined): void {
    const { log } = this.#cockpit;
    this.#write('retry: 2000\n\n');
    this.#tell('snapshot', this.#cockpit.snapshot());
    const { events, lost } = log.since(lastId ?? 0);
    // A new client has lost nothing: it never had anything.
    if (lost > 0 && lastId !== undefined) this.#tell('lagged', { skipped: lost });
    for (const logged of events) this.#send(logged);
    this.#stopListening = log.listen((logged) => this.#offer(logged));
    this.#arm();
  }

  #arm(): void {
    const { clock } = this.#cockpit;
    this.#timer = clock.setTimeout(() => {
      this.#arm();
      // A client that is behind gets the next one: snapshots do not pile up.
      if (this.#hasRoom()) this.#tell('snapshot', this.#cockpit.snapshot());
    }, this.#options.snapshotMs);
    this.#timer.unref?.();
  }

  #offer(logged: LoggedEvent): void {
    if (!this.#hasRoom()) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) {
      this.#tell('lagged', { skipped: this.#dropped });
      this.#dropped = 0;
    }
    this.#send(logged);
  }

  #hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #send({ id, event }: LoggedEvent): void {
    this.#write(`id: ${id}\nevent: pool-event\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #tell(name: 'snapshot' | 'lagged', data: object): void {
    this.#write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }
}
