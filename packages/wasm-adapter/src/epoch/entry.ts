import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  threadId,
  workerData,
} from 'node:worker_threads';
import type { TimekeeperMessage } from './timekeeper.js';
import { EpochWords, sharedNow, TimekeeperWords } from './words.js';

if (parentPort === null) throw new Error(`thread ${threadId} is not a worker`);
const parent: MessagePort = parentPort;
const timekeeper = new TimekeeperWords(workerData as SharedArrayBuffer);
const lines: { readonly port: MessagePort; readonly watched: Map<number, EpochWords> }[] = [];

parent.postMessage('ready');
for (;;) {
  const seen = timekeeper.seen();
  listen();
  timekeeper.sleep(seen, nextDeadline(), sharedNow());
}

/** Messages are fetched, not delivered: this thread sleeps without an event loop. */
function listen(): void {
  for (const port of messagesOn<MessagePort>(parent)) lines.push({ port, watched: new Map() });
  for (const { port, watched } of lines) {
    for (const message of messagesOn<TimekeeperMessage>(port)) {
      if (message.kind === 'forget') watched.delete(message.id);
      else watched.set(message.id, new EpochWords(message.epoch));
    }
  }
}

/**
 * Tells every guest whose time is over, and gives the next deadline. Who has been told is told again whenever somebody else
 * wakes this thread: a guest that was told a moment too early asks to be told at the very same time once more.
 */
function nextDeadline(): number {
  const now = sharedNow();
  let next = Number.POSITIVE_INFINITY;
  for (const { watched } of lines) {
    for (const epoch of watched.values()) {
      const { at } = epoch;
      if (at > now) next = Math.min(next, at);
      else epoch.raise();
    }
  }
  return next;
}

function* messagesOn<Message>(port: MessagePort): Generator<Message> {
  for (;;) {
    const received = receiveMessageOnPort(port) as { readonly message: Message } | undefined;
    if (received === undefined) return;
    yield received.message;
  }
}
