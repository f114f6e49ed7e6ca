import { EventEmitter } from 'eventemitter3';
import type { AnyEvent } from '../contract/map.js';
import { checkType } from '../contract/names.js';
import type { Severity } from '../contract/severity.js';
import { type Filter, severityBit } from './filter.js';

/** Somebody who receives events: a listener, a subscription, a handler. */
export interface Member {
  readonly filter: Filter;
  /** Synchronous; what it throws is reported and stops nobody else. */
  receive(event: AnyEvent): void;
  failed(error: unknown, event: AnyEvent): void;
}

/**
 * Brings each event to those who want it, in the order in which they came. eventemitter3 keeps, for each name that was
 * ever asked for, the members that match it: patterns are compared once for each name, not once for each event.
 */
export class Router {
  readonly #emitter = new EventEmitter();
  readonly #seats = new Map<Member, Seat>();
  /** For each name in the emitter, the bits of the severities that anybody wants. */
  readonly #wanted = new Map<string, number>();
  readonly #onChange: () => void;

  /** @param onChange called after the answers of `heard` may have changed */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  add(member: Member): void {
    const seat: Seat = { member, taken: true };
    this.#seats.set(member, seat);
    for (const type of this.#wanted.keys()) {
      if (member.filter.wants(type)) this.#seat(type, seat);
    }
    this.#onChange();
  }

  remove(member: Member): void {
    const seat = this.#seats.get(member);
    if (seat === undefined) return;
    seat.taken = false;
    this.#seats.delete(member);
    for (const type of this.#wanted.keys()) {
      if (!member.filter.wants(type)) continue;
      this.#emitter.off(type, deliver, seat);
      this.#wanted.set(type, this.#severitiesFor(type));
    }
    this.#onChange();
  }

  removeAll(): void {
    for (const seat of this.#seats.values()) seat.taken = false;
    this.#seats.clear();
    this.#wanted.clear();
    this.#emitter.removeAllListeners();
    this.#onChange();
  }

  /**
   * Whether anybody wants events of this name, of this severity if one is given.
   * @throws UnknownEventTypeError `ERR_EVENTS_UNKNOWN_TYPE`
   */
  heard(type: string, severity?: Severity): boolean {
    const wanted = this.#wanted.get(type) ?? this.#ask(type);
    return severity === undefined ? wanted !== 0 : (wanted & severityBit(severity)) !== 0;
  }

  route(event: AnyEvent): void {
    this.#emitter.emit(event.eventType, event);
  }

  /** Looks for the first time who wants events of this name. */
  #ask(type: string): number {
    checkType(type);
    // A publisher that makes up names without end must not fill the memory.
    if (this.#wanted.size >= NAMES_KEPT) {
      this.#wanted.clear();
      this.#emitter.removeAllListeners();
    }
    this.#wanted.set(type, 0);
    for (const seat of this.#seats.values()) {
      if (seat.member.filter.wants(type)) this.#seat(type, seat);
    }
    return this.#wanted.get(type) ?? 0;
  }

  #seat(type: string, seat: Seat): void {
    this.#emitter.on(type, deliver, seat);
    this.#wanted.set(type, (this.#wanted.get(type) ?? 0) | seat.member.filter.severities);
  }

  #severitiesFor(type: string): number {
    let bits = 0;
    for (const { member } of this.#seats.values()) {
      if (member.filter.wants(type)) bits |= member.filter.severities;
    }
    return bits;
  }
}

/** A member's place in the emitter. `taken` ends at once, also for the event that is being delivered. */
interface Seat {
  readonly member: Member;
  taken: boolean;
}

const NAMES_KEPT = 1_000;

/** The one place where an event meets the code of a user: eventemitter3 would stop at the first that throws. */
function deliver(this: Seat, event: AnyEvent): void {
  if (!this.taken) return;
  try {
    if (this.member.filter.passes(event)) this.member.receive(event);
  } catch (error) {
    this.member.failed(error, event);
  }
}
