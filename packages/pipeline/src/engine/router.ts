import { reasonOf } from '@rockpool/core';
import type { Gate } from '../contract/ports.js';
import type { Source } from '../contract/source.js';
import type { Frame, Update } from '../contract/update.js';
import { parsingError, type RuntimeError } from '../errors.js';
import { SampledLog } from '../log.js';
import { Item } from '../stage/item.js';
import type { Arrival, Input } from './input.js';
import type { PipelineRun } from './pipeline-run.js';
import type { Surroundings } from './surroundings.js';

/** The pipelines that a frame is for, and the kinds they want. */
interface Address {
  readonly pipelines: readonly PipelineRun[];
  readonly wanted: ReadonlySet<string>;
  readonly byKind: ReadonlyMap<string, readonly PipelineRun[]>;
}

/** A source, whatever its kinds and frames. */
export type AnySource = Source<Record<string, Update>, Frame>;

/**
 * Takes frames out of the input, decodes those that somebody wants, and puts the updates into the pipelines' buffers.
 * When one of these has no room and may not drop, it waits: that is what makes the input fill, and the source wait.
 */
export class Router {
  routed = 0;
  unrouted = 0;
  decodeErrors = 0;
  readonly #input: Input;
  readonly #source: AnySource;
  readonly #gate: Gate | undefined;
  readonly #surroundings: Surroundings;
  readonly #everybody: Address;
  readonly #addresses = new Map<string, Address>();
  readonly #pipelines: readonly PipelineRun[];
  readonly #byId: ReadonlyMap<string, PipelineRun>;
  readonly #waitingForEmpty: (() => void)[] = [];
  readonly #decodeLog: SampledLog;
  /** Deliveries of the present frame, and how far they have come. */
  readonly #items: (Item | undefined)[] = [];
  readonly #targets: PipelineRun[] = [];
  #count = 0;
  #next = 0;
  #arrival: Arrival | undefined = undefined;
  #routing = false;
  #onceMore = false;

  constructor(
    input: Input,
    source: AnySource,
    pipelines: ReadonlyMap<string, PipelineRun>,
    gate: Gate | undefined,
    surroundings: Surroundings,
  ) {
    this.#input = input;
    this.#source = source;
    this.#gate = gate;
    this.#surroundings = surroundings;
    this.#byId = pipelines;
    this.#pipelines = [...pipelines.values()];
    this.#everybody = addressOf(this.#pipelines);
    this.#decodeLog = new SampledLog(surroundings.log, 'warn');
    input.onArrival = () => this.turn();
    surroundings.slice.onTurn = () => this.turn();
    for (const each of this.#pipelines) each.onRoom = () => this.turn();
  }

  /** Whether a frame is decoded and not delivered yet. */
  get busy(): boolean {
    return this.#arrival !== undefined;
  }

  /** Routes whatever can be routed, until others should have their turn: then it goes on afterwards. */
  turn(): void {
    if (this.#routing) {
      this.#onceMore = true;
      return;
    }
    this.#routing = true;
    do {
      this.#onceMore = false;
      this.#round();
      for (const each of this.#pipelines) each.turn();
    } while (!this.#surroundings.slice.over && (this.#asked() || this.#input.refill()));
    this.#routing = false;
    if (this.#waitingForEmpty.length > 0 && this.#isEmpty()) {
      for (const resolve of this.#waitingForEmpty.splice(0)) resolve();
    }
  }

  /** Resolves when all that has come in is in the pipelines. */
  async emptied(): Promise<void> {
    if (!this.#isEmpty()) {
      await new Promise<void>((resolve) => this.#waitingForEmpty.push(resolve));
    }
  }

  /** Whether another round was asked for during the last one. */
  #asked(): boolean {
    return this.#onceMore;
  }

  /** Nothing more is routed: counts what is left of the present frame as routed, since part of it is. */
  stop(): void {
    this.#items.length = 0;
    this.#count = 0;
    this.#next = 0;
    if (this.#arrival !== undefined) this.#input.discarded++;
    this.#arrival = undefined;
    for (const resolve of this.#waitingForEmpty.splice(0)) resolve();
  }

  #isEmpty(): boolean {
    return this.#arrival === undefined && this.#input.empty;
  }

  #round(): void {
    const { slice } = this.#surroundings;
    while (this.#deliver() && !slice.over) {
      slice.spend();
      const arrival = this.#input.next();
      if (arrival === undefined) return;
      this.#arrival = arrival;
      this.#decode(arrival);
    }
  }

  /** Puts the present frame's updates where they belong; `false` when one has to wait. */
  #deliver(): boolean {
    const arrival = this.#arrival;
    if (arrival === undefined) return true;
    while (this.#next < this.#count) {
      const target = this.#targets[this.#next] as PipelineRun;
      if (!target.offer(this.#items[this.#next] as Item)) return false;
      this.#items[this.#next++] = undefined;
    }
    this.#count = 0;
    this.#next = 0;
    this.#arrival = undefined;
    this.routed++;
    if (arrival.mark !== undefined) this.#surroundings.progress.close(arrival.mark);
    return true;
  }

  #decode(arrival: Arrival): void {
    const { frame, receivedAtMs } = arrival;
    const { wanted, byKind, pipelines } = this.#addressOf(frame.filters);
    if (pipelines.length === 0) {
      this.#leaveOut(arrival);
      this.unrouted++;
      return;
    }
    let updates: readonly Update[];
    try {
      updates = this.#source.decode(frame, { wanted, receivedAtMs });
    } catch (error) {
      this.#leaveOut(arrival);
      this.decodeErrors++;
      this.#tell(frame, error);
      return;
    }
    let refused = 0;
    for (const update of updates) {
      for (const target of this.#targetsOf(update, frame, byKind)) {
        if (!this.#address(update, frame, target)) refused++;
      }
    }
    if (this.#count > 0) return;
    this.#leaveOut(arrival);
    if (refused > 0) this.routed++;
    else this.unrouted++;
  }

  /** Whether the gate lets the update into the pipeline. */
  #address(update: Update, frame: Frame, target: PipelineRun): boolean {
    if (this.#gate !== undefined && !this.#admits(this.#gate, update, target)) {
      target.refuse();
      return false;
    }
    const { position } = update;
    const mark = position === undefined ? undefined : this.#surroundings.progress.open(position);
    this.#items[this.#count] = new Item(update, frame, mark);
    this.#targets[this.#count++] = target;
    return true;
  }

  #admits(gate: Gate, update: Update, target: PipelineRun): boolean {
    try {
      return gate.admits(update, target.id);
    } catch (thrown) {
      // Handled twice is better than not at all.
      this.#decodeLog.tell(() => `the gate threw: ${reasonOf(thrown)}; the update is let in`);
      return true;
    }
  }

  /** Updates may name their pipelines more narrowly than their frame. */
  #targetsOf(update: Update, frame: Frame, byKind: Address['byKind']): readonly PipelineRun[] {
    const kinds =
      update.filters === undefined || update.filters === frame.filters
        ? byKind
        : this.#addressOf(update.filters).byKind;
    return kinds.get(update.kind) ?? NOBODY;
  }

  #leaveOut({ mark }: Arrival): void {
    this.#arrival = undefined;
    if (mark !== undefined) this.#surroundings.progress.close(mark);
  }

  #addressOf(filters: readonly string[] | undefined): Address {
    if (filters === undefined) return this.#everybody;
    const name = filters.length === 1 ? (filters[0] as string) : filters.join('\n');
    let address = this.#addresses.get(name);
    if (address === undefined) {
      address = addressOf(
        filters.flatMap((id) => {
          const pipeline = this.#byId.get(id);
          return pipeline === undefined ? [] : [pipeline];
        }),
      );
      // Combinations of filters are few; a sender that makes names up must not fill the memory.
      if (this.#addresses.size < 4_096) this.#addresses.set(name, address);
    }
    return address;
  }

  #tell(frame: Frame, thrown: unknown): void {
    const { events } = this.#surroundings;
    const error = (): RuntimeError =>
      parsingError(
        'ERR_PIPELINE_DECODE',
        `source ${this.#source.name} could not decode a frame of kind ${frame.kind} (${frame.bytes.byteLength} bytes)`,
        thrown,
        undefined,
      );
    this.#decodeLog.tell(() => error().message);
    if (events.heard('error')) events.emit('error', error());
  }
}

const NOBODY: readonly PipelineRun[] = [];

function addressOf(pipelines: readonly PipelineRun[]): Address {
  const byKind = new Map<string, PipelineRun[]>();
  for (const each of pipelines) {
    const others = byKind.get(each.kind);
    if (others === undefined) byKind.set(each.kind, [each]);
    else others.push(each);
  }
  return { pipelines, wanted: new Set(byKind.keys()), byKind };
}
