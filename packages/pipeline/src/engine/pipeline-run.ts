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
import { type Outcome, Tally } from '../stage/tally.js';
import { StateMachine } from '../state/machine.js';
import { Dispatcher, type DispatchHost } from './dispatcher.js';
import type { Broadcast } from './output.js';
import type { PipelineParts } from './pipeline-parts.js';
import { pipelineStats } from './pipeline-stats.js';
import type { Surroundings } from './surroundings.js';
import { Waiters } from './waiters.js';

/**
 * How a pipeline takes and gives: `open` takes updates; `draining` takes none and handles what it has; `finishing`
 * lets only begun attempts end; `ended` does nothing any more.
 */
type Phase = 'open' | 'draining' | 'finishing' | 'ended';

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
  readonly tally: Tally;
  /** Told when the buffer, having refused an update, has room again. */
  onRoom: () => void = nothing;
  /** Told when the pipeline goes to `error`. */
  onError: (error: RuntimeError) => void = nothing;
  readonly #parts: PipelineParts;
  readonly #surroundings: Surroundings;
  readonly #machine: StateMachine;
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
  #phase: Phase = 'open';
  /** Items out of the buffer that are not settled, and those of them whose handlers have begun. */
  #open = 0;
  #begun = 0;
  #roomWanted = false;
  #inputEnded = false;

  constructor(parts: PipelineParts, surroundings: Surroundings) {
    const { clock, agenda, events, random } = surroundings;
    const { id, options } = parts;
    this.#parts = parts;
    this.#surroundings = surroundings;
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
    this.tally = new Tally(clock, options.latencyEvery);
    this.#lookahead = options.lookahead;
    this.#parseLog = new SampledLog(parts.context.log, 'warn');
    this.#dispatcher = new Dispatcher(this, options.concurrency);
    this.#machine = new StateMachine(`pipeline ${id}`, (from, to) =>
      events.emit('state', { pipeline: id, from, to }),
    );
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
    return this.#machine.state;
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
    if (this.state === 'initializing') this.#machine.move('running');
  }

  /** Takes an update; `false` when it has to wait for room, which `onRoom` will tell of. */
  offer(item: Item): boolean {
    if (this.#phase === 'finishing' || this.#phase === 'ended') {
      this.tally.received++;
      this.tally.discarded++;
      return true;
    }
    // What is there may be dealt with at once: a burst from a fast source is no reason to drop.
    if (!this.inbox.fits(item.sizeBytes)) this.turn();
    const offer = this.inbox.offer(item);
    if (offer === 'full') {
      this.#roomWanted = true;
      return false;
    }
    this.tally.received++;
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
      this.#machine.move('paused');
      this.#flush();
    }
    return this.#quiet.wait();
  }

  resume(): void {
    if (this.state === 'running') return;
    this.#machine.move('running');
    for (const work of this.#held.splice(0)) this.#dispatcher.again(work);
    this.turn();
  }

  stats(): PipelineStats {
    return pipelineStats(this, {
      open: this.#open,
      running: this.#dispatcher.running,
      slots: this.#slots,
    });
  }

  /** Takes nothing more than what is on its way, and handles it; or lets only begun attempts end. */
  close(strategy: 'process-pending' | 'finish-in-flight'): void {
    if (this.#phase === 'ended' || this.#phase === 'finishing') return;
    // A pipeline in error cannot handle what is pending: it would fail again.
    const broken = this.state === 'error';
    if (this.#machine.can('shutdown')) this.#machine.move('shutdown');
    if (strategy === 'finish-in-flight' || broken) this.#finish();
    else this.#phase = 'draining';
    this.turn();
  }

  /** Nothing more is on its way: batches need not wait for others. */
  endInput(): void {
    this.#inputEnded = true;
    this.#flush();
    this.turn();
  }

  /** Resolves when all is done that this phase still does. */
  emptied(): Promise<void> {
    return this.#empty.wait();
  }

  /** Gives up whatever is left; late answers are ignored from now on. */
  end(): void {
    if (this.#phase === 'ended') return;
    if (this.#machine.can('shutdown')) this.#machine.move('shutdown');
    this.#phase = 'ended';
    this.#discardInbox();
    this.tally.discarded += this.#open - this.#begun;
    this.tally.abandoned += this.#begun;
    this.#open = 0;
    this.#begun = 0;
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
    return this.#lookahead - this.#open;
  }

  taken(_item: Item): void {
    this.#open++;
  }

  parsed(item: Item, result: unknown): void {
    if (this.#phase === 'ended') return;
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
    if (this.#phase === 'ended') return;
    this.#parseLog.tell(() => failure().message);
    if (this.events.heard('error')) this.events.emit('error', failure());
    this.#settle(item, 'parseErrors');
  }

  /** Parsing cannot go on: its threads die again and again, say. */
  broken(error: RuntimeError): void {
    if (this.#phase !== 'ended') this.#fail(error);
  }

  // What handlers' slots need

  get mayRetry(): boolean {
    return this.#phase === 'open' || this.#phase === 'draining';
  }

  get flushing(): boolean {
    return this.#inputEnded || this.#phase === 'finishing' || this.state === 'paused';
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
    } else if (!item.settled) this.batched(item);
  }

  abandon(item: Item): void {
    this.#settle(item, 'abandoned');
  }

  hold(work: Work, error: RuntimeError): void {
    this.#held.push(work);
    this.#fail(error);
  }

  again(work: Work): void {
    if (this.#phase !== 'ended') this.#dispatcher.again(work);
  }

  turn(): void {
    this.#dispatcher.turn();
  }

  // What the dispatcher needs

  get dispatching(): boolean {
    return this.state === 'running' || this.#phase === 'draining';
  }

  get outputsHaveRoom(): boolean {
    return this.broadcast.room > this.#begun;
  }

  begin(item: Item): void {
    item.begun = true;
    this.#begun++;
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
    if (item.settled || this.#phase === 'ended') return;
    item.settled = true;
    this.#open--;
    if (item.begun) this.#begun--;
    this.tally[outcome]++;
    if (this.#surroundings.tracing.listener !== undefined) this.#trace(item, outcome);
    if (item.inLane) this.#leaveLane(item);
    if (outcome === 'processed') {
      this.tally.sample(item);
      this.broadcast.publish(item.value);
    }
    // What is abandoned keeps its position open: a later run begins there.
    if (item.mark !== undefined && outcome !== 'abandoned') {
      this.#surroundings.progress.close(item.mark);
    }
  }

  #trace({ update, key, sizeBytes }: Item, outcome: Outcome): void {
    const { kind, position, receivedAtMs } = update;
    const endedAtMs = this.clock.now();
    const what = { pipeline: this.id, kind, position, key, sizeBytes, outcome };
    this.#surroundings.tracing.listener?.({ ...what, receivedAtMs, endedAtMs });
  }

  #drop(item: Item): void {
    this.tally.dropped++;
    if (this.#surroundings.tracing.listener !== undefined) this.#trace(item, 'dropped');
    this.#overflow.drop();
    if (item.mark !== undefined) this.#surroundings.progress.close(item.mark);
  }

  #fail(error: RuntimeError): void {
    if (!this.#machine.can('error')) return;
    this.#machine.move('error');
    this.events.emit('error', error);
    this.#parts.context.log.log('error', error.message);
    this.onError(error);
  }

  #finish(): void {
    this.#phase = 'finishing';
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
    if (this.#phase === 'ended') return true;
    const calls = this.#slots.reduce((sum, slot) => sum + slot.calls, 0);
    const parsing = this.#phase === 'finishing' ? 0 : (this.#parsing?.running ?? 0);
    return this.#dispatcher.running + calls + parsing + this.letters.pending === 0;
  }

  #isEmpty(): boolean {
    if (this.#phase === 'ended') return true;
    if (this.#phase === 'finishing') return this.#isQuiet();
    return this.inbox.size === 0 && this.#open === 0;
  }

  #overflowError(): OverflowError {
    return new OverflowError(
      `the buffer of pipeline ${this.id} is full (${this.inbox.size} updates, ${this.inbox.bytes} bytes) and its overflow policy is error; resume it to go on`,
      { pipeline: this.id },
    );
  }
}

function nothing(): void {}
