import { type Clock, LONGEST_TIMER_MS, type TimerHandle } from './clock.js';

/** How many appointments ring in one turn of the event loop; a storm of time-outs must not hold up the loop. */
const SLICE = 1_000;
/** Empty lanes are kept for the next appointment of that length, up to this many. */
const KEPT_LANES = 64;

/**
 * Something that is to happen when time has passed. Subclasses carry what they need and say what happens in `ring`.
 * The links are the agenda's own: an appointment costs no object beside itself.
 */
export abstract class Appointment {
  at = 0;
  lane: Lane | undefined = undefined;
  before: Appointment | undefined = undefined;
  after: Appointment | undefined = undefined;

  /** Whether the process must stay alive until this rings. */
  abstract readonly holdsProcess: boolean;
  abstract ring(now: number): void;
}

/** Appointments of one length, oldest first: the order of their arrival is the order of their ringing. */
class Lane {
  head: Appointment | undefined = undefined;
  tail: Appointment | undefined = undefined;
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/**
 * All deadlines of one pool behind one timer. Adding and dropping are O(1) for any number of appointments; the
 * number of lanes is the number of different lengths in use, which is small.
 *
 * The timer is armed for the earliest deadline, is not touched when an appointment is dropped (it then rings for
 * nothing, once), and holds the process only while an appointment asks for it.
 */
export class Agenda {
  readonly #clock: Clock;
  readonly #lanes = new Map<number, Lane>();
  readonly #run: (fn: () => void) => void;
  #handle: TimerHandle | undefined = undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #holders = 0;
  #referenced = false;
  #recent: Lane | undefined = undefined;

  /** `run` wraps each ringing, so that user code runs in the pool's async context and not in a borrower's. */
  constructor(clock: Clock, run: (fn: () => void) => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Whether a timer is set; for tests and for `stats`. */
  get armed(): boolean {
    return this.#handle !== undefined;
  }

  put(appointment: Appointment, ms: number, now: number): void {
    let lane = this.#recent;
    if (lane === undefined || lane.ms !== ms) {
      lane = this.#lanes.get(ms);
      if (lane === undefined) {
        lane = new Lane(ms);
        this.#lanes.set(ms, lane);
      }
      this.#recent = lane;
    }
    appointment.at = now;
    appointment.lane = lane;
    appointment.before = lane.tail;
    if (lane.tail === undefined) lane.head = appointment;
    else lane.tail.after = appointment;
    lane.tail = appointment;
    if (appointment.holdsProcess && ++this.#holders === 1) this.#hold();
    if (now + ms < this.#armedFor) this.#arm(now + ms, now);
  }

  /** Takes an appointment out; one that is not in the agenda is left alone. */
  drop(appointment: Appointment): void {
    const lane = appointment.lane;
    if (lane === undefined) return;
    const { before, after } = appointment;
    if (before === undefined) lane.head = after;
    else before.after = after;
    if (after === undefined) lane.tail = before;
    else after.before = before;
    appointment.lane = undefined;
    // Old garbage must not hold on to the young: a served waiter would keep the whole queue alive.
    appointment.before = undefined;
    appointment.after = undefined;
    if (appointment.holdsProcess && --this.#holders === 0) this.#release();
    if (lane.head === undefined && this.#lanes.size > KEPT_LANES) this.#forget(lane);
  }

  /** Rings `fn` once after `ms`; the returned appointment can be dropped. */
  after(
    ms: number,
    fn: (now: number) => void,
    process: 'holds-process' | 'lets-process-exit' = 'lets-process-exit',
  ): Appointment {
    const call = new Call(fn, process === 'holds-process');
    this.put(call, ms, this.#clock.now());
    return call;
  }

  /** Forgets everything and clears the timer. */
  clear(): void {
    for (const lane of this.#lanes.values()) {
      for (let each = lane.head; each !== undefined; ) {
        const next: Appointment | undefined = each.after;
        this.drop(each);
        each = next;
      }
    }
    this.#lanes.clear();
    this.#recent = undefined;
    this.#disarm();
  }

  #forget(lane: Lane): void {
    this.#lanes.delete(lane.ms);
    if (this.#recent === lane) this.#recent = undefined;
  }

  #hold(): void {
    this.#referenced = true;
    this.#handle?.ref?.();
  }

  #release(): void {
    this.#referenced = false;
    this.#handle?.unref?.();
  }

  #arm(due: number, now: number): void {
    this.#disarm();
    this.#armedFor = due;
    const ms = Math.min(Math.max(0, Math.ceil(due - now)), LONGEST_TIMER_MS);
    const handle = this.#clock.setTimeout(() => this.#run(() => this.#ring()), ms);
    if (!this.#referenced) handle.unref?.();
    this.#handle = handle;
  }

  #disarm(): void {
    if (this.#handle !== undefined) this.#clock.clearTimeout(this.#handle);
    this.#handle = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #ring(): void {
    this.#handle = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    try {
      this.#ringDue(now);
    } finally {
      this.#rearm(now);
    }
  }

  #ringDue(now: number): void {
    let left = SLICE;
    for (const lane of this.#lanes.values()) {
      // An appointment made while ringing has `at >= now` and a length of its own: it cannot be due in this slice
      // unless its length is 0, and then the slice bounds it.
      for (let head = lane.head; head !== undefined && head.at + lane.ms <= now; head = lane.head) {
        if (left-- === 0) return;
        this.drop(head);
        head.ring(now);
      }
    }
  }

  #rearm(now: number): void {
    let due = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      if (lane.head !== undefined) due = Math.min(due, lane.head.at + lane.ms);
    }
    if (due < this.#armedFor) this.#arm(due, now);
  }
}

class Call extends Appointment {
  readonly holdsProcess: boolean;
  readonly #fn: (now: number) => void;

  constructor(fn: (now: number) => void, holdsProcess: boolean) {
    super();
    this.#fn = fn;
    this.holdsProcess = holdsProcess;
  }

  ring(now: number): void {
    this.#fn(now);
  }
}
