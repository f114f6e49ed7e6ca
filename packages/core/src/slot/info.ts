import { randomUUID } from 'node:crypto';
import type { ResourceInfo } from '../contract/poolable.js';
import { healthOfSlot, type Slot } from './slot.js';

/** What a slot cannot know by itself. */
export interface InfoSource {
  /** The clock's time at which the pool was made. */
  readonly bornAt: number;
  generationOf(id: number): number;
  memoryBytesOf(slot: Slot<never>): number;
}

const uuids = new WeakMap<Slot<unknown>, string>();

/** The public view of a slot: made when asked for, reads through. */
export class SlotInfo<T> implements ResourceInfo {
  readonly #source: InfoSource;
  readonly #slot: Slot<T>;

  constructor(source: InfoSource, slot: Slot<T>) {
    this.#source = source;
    this.#slot = slot;
  }

  get id(): number {
    return this.#slot.id;
  }
  get uuid(): string {
    const slot = this.#slot as Slot<unknown>;
    let uuid = uuids.get(slot);
    if (uuid === undefined) {
      uuid = randomUUID();
      uuids.set(slot, uuid);
    }
    return uuid;
  }
  get generation(): number {
    return this.#source.generationOf(this.#slot.id);
  }
  get createdAt(): number {
    return this.#source.bornAt + this.#slot.createdAt;
  }
  get lastUsedAt(): number {
    return this.#source.bornAt + this.#slot.since;
  }
  get idleSince(): number | undefined {
    return this.#slot.state === 'idle' ? this.#source.bornAt + this.#slot.since : undefined;
  }
  get uses(): number {
    return this.#slot.uses;
  }
  get leases(): number {
    if (this.#slot.state !== 'leased') return 0;
    return this.#slot.extras?.leases || 1;
  }
  get errors(): number {
    return this.#slot.extras?.errors ?? 0;
  }
  get health(): number {
    return healthOfSlot(this.#slot) / 100;
  }
  get memoryBytes(): number {
    return this.#source.memoryBytesOf(this.#slot as Slot<never>);
  }

  /** For `JSON.stringify` and logs. */
  toJSON(): Record<keyof ResourceInfo, unknown> {
    const { id, uuid, generation, createdAt, lastUsedAt, idleSince } = this;
    const { uses, leases, errors, health, memoryBytes } = this;
    const times = { createdAt, lastUsedAt, idleSince };
    return { id, uuid, generation, ...times, uses, leases, errors, health, memoryBytes };
  }
}
