import type { AnyEvent, EventBus, EventPattern, EventSubscription } from '../src/index.js';

/** Publishes `system.n` events whose messages count up from `first`. */
export function publishNumbers(bus: EventBus, count: number, first = 0): void {
  for (let n = first; n < first + count; n++) {
    bus.publish({ eventType: 'system.number', message: String(n) });
  }
}

/** The messages of the events that wait in a subscription. */
export async function readBuffered(subscription: EventSubscription<AnyEvent>): Promise<string[]> {
  const messages = [];
  while (subscription.buffered > 0) {
    const { value } = await subscription.next();
    if (value !== undefined && 'message' in value) messages.push(value.message);
  }
  return messages;
}

/** Collects the names of the events that match. */
export function namesOn(bus: EventBus, pattern: EventPattern = '*'): string[] {
  const names: string[] = [];
  bus.on(pattern, (event) => names.push(event.eventType));
  return names;
}
