/**
 * A poolable class with hooks of its own, observed by an event bus: patterns, a named handler, and a subscription that is
 * read as an async iterator.
 *
 * Run it with: npx tsx examples/poolable-with-events.ts
 */
import { createHash, type Hash } from 'node:crypto';
import type { Poolable } from '@rockpool/core';
import { createEventAwarePool, EventBus } from '@rockpool/events';

/** Hashes documents; wears out after a number of bytes. */
class Hasher implements Poolable {
  #hash: Hash = createHash('sha256');
  #bytes = 0;

  digest(text: string): string {
    this.#bytes += text.length;
    return this.#hash.update(text).digest('hex').slice(0, 8);
  }

  /** A share of its life that is left. */
  validate(): number {
    return Math.max(0, 1 - this.#bytes / 40);
  }

  reset(): void {
    this.#hash = createHash('sha256');
  }
}

const bus = new EventBus();
await using subscription = bus.subscribe({
  types: ['pool.instance_created', 'pool.instance_destroyed'],
});
bus.registerHandler('alarm', (event) => console.log(`alarm: ${event.eventType}`), {
  types: ['pool.*'],
  minSeverity: 'warn',
});

const pool = createEventAwarePool(
  () => new Hasher(),
  { name: 'hashers', max: 1, testOnReturn: true },
  bus,
);

for (const text of ['the ebb tide', 'the flow tide', 'the spring tide', 'the neap tide']) {
  console.log(`${text}: ${await pool.use((hasher) => hasher.digest(text))}`);
}
await pool.close();
await bus.close();

for await (const event of subscription) {
  const why = event.eventType === 'pool.instance_destroyed' ? ` (${event.reason})` : '';
  console.log(`${event.eventType}${why}`);
}

// Prints:
// the ebb tide: 4ace647c
// the flow tide: 12d7e468
// alarm: pool.instance_unhealthy
// the spring tide: c943225a
// the neap tide: 85f5fd0d
// pool.instance_created
// pool.instance_destroyed (invalid)
// pool.instance_created
// pool.instance_destroyed (close)
