import type { Agenda, Clock } from '@rockpool/core';
import { BoundedBuffer } from '../buffer/bounded.js';
import { OverflowNotice } from '../buffer/overflow-notice.js';
import type { RuntimeEvents } from '../contract/events.js';
import type { ResolvedRetryOptions } from '../contract/options.js';
import { FILTERED } from '../contract/parser.js';
import type { Pipeline } from '../contract/runtime.js';
import type { PipelineState } from '../contract/state.js';
import type { PipelineStats } from '../contract/stats.js';
import type { Emitter } from '../emitter.js';
import { OverflowError, type RuntimeError } from '../errors.js';
import { SampledLog } from '../log.js';
import type { DeadLetters } from '../stage/dead-letters.js';
import type { Handling } from '../stage/handling.js';
import type { Item } from '../stage/item.js';
import type { Lanes } from '../stage/lanes.js';
import { type ParseHost, type Parsing, parseError } from '../stage/parsing.js';
import type { Slot, SlotHost, Work } from '../stage/slot.js';
import type { Outcome, Tally } from '../stage/tally.js';
import { Account } from './account.js';
import { Dispatcher, type DispatchHost } from './dispatcher.js';
import { Life } from './life.js';
import type { Broadcast } from './output.js';
import type { PipelineParts } from './pipeline-parts.js';
import { pipelineStats } from './pipeline-stats.js';
import type { Slice } from './slice.js';
import type { Surroundings } from './surroundings.js';
import { Waiters } from './waiters.js';

/** One pipeline at work: leads updates from its buffer through parser, order and handlers to their end. */
export class PipelineRun implements Pipeline, SlotHost, ParseHost, DispatchHost {
  readonly id: string;
  readonly kind: string;
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly events: Emitter<RuntimeEvents>;
  readonly retry: ResolvedRetryOptions;
  readonly timeoutMs: number;
  readonly letters: DeadLetters;
  readonly inbox: BoundedBuffer<Item>;
  readonly broadcast: Broadcast;
  /** Told when the buffer, having refused an update, has room again. */
  onRoom: () => void = nothing;
  /** Told when the pipeline goes to `error`. */
  onError: (error: RuntimeError) => void = nothing;
  readonly #parts: PipelineParts;
  readonly #life: Life;
  readonly #account: Account;
  readonly #slice: Slice;
  readonly #dispatcher: Dispatcher;
  readonly #overflow: OverflowNotice;
  readonly #parseLog: SampledLog;
  readonly #lookahead: number;
  readonly #held: Work[] = [];
  readonly #quiet = new Waiters(() => this.#isQuiet());
  readonly #empty = new Waiters(() => this.#isEmpty());
  #slots: readonly Slot[] = [];
  #handling: Handling | undefined = undefined;
  #parsing: Parsing | undefined = undefined;
  #roomWanted = false;

  constructor(parts: PipelineParts, surroundings: Surroundings) {
    const { clock, agenda, events, random } = surroundings;
    const { id, options } = parts;
    this.#parts = parts;
    this.#slice = surroundings.slice;
    this.id = id;
    this.kind = parts.kind;
    this.clock = clock;
    this.agenda = agenda;
    this.random = random;
    this.events = events;
    this.retry = options.retry;
    this.timeoutMs = options.handlerTimeoutMs;
    this.letters = parts.letters;
    this.broadcast = parts.broadcast;
    this.#account = new Account(id, options.latencyEvery, surroundings);
    this.#lookahead = options.lookahead;
    this.#parseLog = new SampledLog(parts.context.log, 'warn');
    this.#dispatcher = new Dispatcher(this, options.concurrency, surroundings.slice);
    this.#life = new Life(id, (from, to) => events.emit('state', { pipeline: id, from, to }));
    this.#overflow = new OverflowNotice(agenda, (dropped, droppedInAll) =>
      events.emit('overflow', {
        pipeline: id,
        policy: options.buffer.overflowPolicy,
        dropped,
        droppedInAll,
      }),
    );
    this.inbox = new BoundedBuffer(options.buffer, (item) => this.#drop(item));
  }

  get state(): PipelineState {
    return this.#life.state;
  }

  get tally(): Tally {
    return this.#account.tally;
  }

  /** Puts in what is made with the pipeline as its host. */
  connect(parsing: Parsing, handling: Handling, slots: readonly Slot[]): void {
    this.#parsing = parsing;
    this.#handling = handling;
    this.#slots = slots;
    this.#dispatcher.connect(parsing);
    this.broadcast.onRoom = () => this.turn();
  }

  start(): void {
    if (this.state === 'initializing') this.#life.move('running');
  }

  /** Takes an update; `false` when it has to wait for room, which `onRoom` will tell of. */
  offer(item: Item): boolean {
    const { tally } = this.#account;
    if (!this.#life.handles) {
      tally.received++;
      tally.discarded++;
      return true;
    }
    // What is there may be dealt with at once: a burst from a fast source is no reason to drop.
    if (!this.inbox.fits(item.sizeBytes)) {
      if (this.inbox.policy !== 'block') this.#slice.extend();
      this.turn();
    }
    const offer = this.inbox.offer(item);
    if (offer === 'full') {
      this.#roomWanted = true;
      return false;
    }
    tally.received++;
    if (offer === 'overflowed') this.#fail(this.#overflowError());
    return true;
  }

  /** The gate keeps an update out. */
  refuse(): void {
    this.tally.received++;
    this.tally.filtered++;
  }

  pause(): Promise<void> {
    if (this.state !== 'paused') {
      this.#life.move('paused');
      this.#flush();
    }
    return this.#quiet.wait();
  }

  resume(): void {
    if (this.state === 'running') return;
    this.#life.move('running');
    for (const work of this.#held.splice(0)) this.#dispatcher.again(work);
    this.turn();
  }

  stats(): PipelineStats {
    return pipelineStats(this, {
      open: this.#account.open,
      running: this.#dispatcher.running,
      slots: this.#slots,
    });
  }

  /** Takes nothing more than what is on its way, and handles it; or lets only begun attempts end. */
  close(strategy: 'process-pending' | 'finish-in-flight'): void {
    if (!this.#life.handles) return;
    // A pipeline in error cannot handle what is pending: it would fail again.
    const broken = this.state === 'error';
    this.#life.tryMove('shutdown');
    if (strategy === 'finish-in-flight' || broken) this.#finish();
    else this.#life.drain();
    this.turn();
  }

  /** Nothing more is on its way: batches need not wait for others. */
  endInput(): void {
    this.#life.endInput();
    this.#flush();
    this.turn();
  }

  /** Resolves when all is done that this phase still does. */
  emptied(): Promise<void> {
    return this.#empty.wait();
  }

  /** Gives up whatever is left; late answers are ignored from now on. */
  end(): void {
    if (this.#life.ended) return;
    this.#life.tryMove('shutdown');
    this.#life.end();
    this.#discardInbox();
    this.#account.writeOff();
    this.#dispatcher.clear();
    this.#held.length = 0;
    this.#overflow.flush();
    this.#tellRoom(0);
    this.#parts.abort.abort();
    this.afterTurn();
  }

  // What parsing needs

  get pipeline(): string {
    return this.id;
  }

  get room(): number {
    return this.#lookahead - this.#account.open;
  }

  taken(_item: Item): void {
    this.#account.taken();
  }

  parsed(item: Item, result: unknown): void {
    if (this.#life.ended) return;
    if (result === FILTERED) {
      this.#settle(item, 'filtered');
      return;
    }
    item.value = result;
    const { lanes } = this.#parts;
    if (lanes !== undefined && !this.#enterLane(item, lanes)) return;
    this.#dispatcher.ready(item);
  }

  parseFailed(item: Item, failure: () => RuntimeError): void {
    if (this.#life.ended) return;
    this.#parseLog.tell(() => failure().message);
    if (this.events.heard('error')) this.events.emit('error', failure());
    this.#settle(item, 'parseErrors');
  }

  /** Parsing cannot go on: its threads die again and again, say. */
  broken(error: RuntimeError): void {
    if (!this.#life.ended) this.#fail(error);
  }

  // What handlers' slots need

  get mayRetry(): boolean {
    return this.#life.handles;
  }

  get flushing(): boolean {
    return this.#life.flushing;
  }

  enter(item: Item): void {
    this.#dispatcher.enter(item);
  }

  exit(item: Item): void {
    this.#dispatcher.exit(item);
  }

  batched(item: Item): void {
    if (item.inLane && item.unsettled === item.inBatches) this.#leaveLane(item);
  }

  settled(item: Item, result: 'succeeded' | 'failed'): void {
    if (item.settled) return;
    if (this.#handling?.settled(item, result) === true) {
      this.#settle(item, item.failed ? 'deadLettered' : 'processed');
    } else if (isOpen(item)) this.batched(item);
  }

  abandon(item: Item): void {
    this.#settle(item, 'abandoned');
  }

  hold(item: Item, work: Work, error: RuntimeError): void {
    if (this.state === 'shutdown') {
      this.#parts.context.log.log('error', error.message);
      this.abandon(item);
      return;
    }
    this.#held.push(work);
    this.#fail(error);
  }

  again(work: Work): void {
    if (!this.#life.ended) this.#dispatcher.again(work);
  }

  turn(): void {
    this.#dispatcher.turn();
  }

  // What the dispatcher needs

  get dispatching(): boolean {
    return this.#life.begins;
  }

  get outputsHaveRoom(): boolean {
    return this.broadcast.room > this.#account.begun;
  }

  begin(item: Item): void {
    this.#account.began(item);
    if (this.#slots.length === 0) this.#settle(item, 'processed');
    else this.#handling?.begin(item);
  }

  afterTurn(): void {
    this.#tellRoom(this.inbox.size);
    this.#quiet.look();
    this.#empty.look();
  }

  #enterLane(item: Item, lanes: Lanes): boolean {
    try {
      return lanes.enter(item);
    } catch (error) {
      this.parseFailed(item, () => parseError(this.id, error));
      return false;
    }
  }

  #leaveLane(item: Item): void {
    const next = this.#parts.lanes?.leave(item);
    if (next !== undefined) this.#dispatcher.ready(next);
  }

  #settle(item: Item, outcome: Outcome): void {
    if (item.settled || this.#life.ended) return;
    this.#account.settle(item, outcome);
    if (item.inLane) this.#leaveLane(item);
    if (outcome === 'processed') this.broadcast.publish(item.value);
  }

  #drop(item: Item): void {
    this.#account.dropped(item);
    this.#overflow.drop();
  }

  #fail(error: RuntimeError): void {
    if (!this.#life.tryMove('error')) return;
    this.events.emit('error', error);
    this.#parts.context.log.log('error', error.message);
    this.onError(error);
  }

  #finish(): void {
    this.#life.finish();
    this.#discardInbox();
    this.#flush();
    this.#tellRoom(0);
  }

  #discardInbox(): void {
    while (this.inbox.shift() !== undefined) this.tally.discarded++;
  }

  #flush(): void {
    for (const slot of this.#slots) slot.flush();
  }

  #tellRoom(size: number): void {
    if (!this.#roomWanted || size >= this.inbox.capacity) return;
    this.#roomWanted = false;
    this.onRoom();
  }

  #isQuiet(): boolean {
    if (this.#life.ended) return true;
    const calls = this.#slots.reduce((sum, slot) => sum + slot.calls, 0);
    const parsing = this.#life.finishing ? 0 : (this.#parsing?.running ?? 0);
    return this.#dispatcher.running + calls + parsing + this.letters.pending === 0;
  }

  #isEmpty(): boolean {
    if (this.#life.ended) return true;
    if (this.#life.finishing) return this.#isQuiet();
    return this.inbox.size === 0 && this.#account.open === 0;
  }

  #overflowError(): OverflowError {
    return new OverflowError(
      `the buffer of pipeline ${this.id} is full (${this.inbox.size} updates, ${this.inbox.bytes} bytes) and its overflow policy is error; resume it to go on`,
      { pipeline: this.id },
    );
  }
}

function nothing(): void {}

/** What handlers do may settle an item at any time. */
function isOpen(item: Item): boolean {
  return !item.settled;
}
