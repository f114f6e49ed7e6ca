import type { Caches } from '../cache/caches.js';
import { GuestError, reasonOf, ViewDeadlineError, ViewError } from '../errors.js';
import { Call, type CallMode } from '../host/call.js';
import { type Guest, Host } from '../host/host.js';
import type { Program } from '../host/program.js';
import type { ViewLogger } from '../log.js';
import { isHeight, type KeyValue, type KeyValueStore } from '../store/store.js';
import { type RecyclePolicy, type RecycleReason, StatefulViews } from './stateful.js';
import { isTimeout, runWithTimeout } from './vm-timeout.js';

/** A block to index. */
export interface Block {
  readonly height: number;
  /** Under this hash the store will know it; 32 bytes for a Bitcoin block, in the order in which it is shown. */
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What indexing a block came to. */
export interface IndexedBlock {
  readonly height: number;
  readonly stateRoot: Uint8Array;
  /** Distinct keys written. */
  readonly keys: number;
}

/** What an engine is made of. */
export interface EngineParts {
  readonly program: Program;
  readonly store: KeyValueStore;
  readonly caches: Caches;
  readonly recycle: RecyclePolicy;
  readonly log: ViewLogger;
}

/** What an engine has done. */
export interface EngineStats {
  /** Instances made, for views, previews and blocks. */
  readonly instances: number;
  /** Views answered by the kept instance. */
  readonly statefulViews: number;
  /** Views answered by an instance of their own. */
  readonly freshViews: number;
  readonly recycled: Readonly<Record<RecycleReason, number>>;
}

/** No limit. */
export const NO_DEADLINE = 0;

/** Runs guests in this thread. Everything is synchronous. */
export class Engine {
  readonly #program: Program;
  readonly #store: KeyValueStore;
  readonly #caches: Caches;
  readonly #recycle: RecyclePolicy;
  readonly #log: ViewLogger;
  readonly #host: Host;
  #stateful: StatefulViews | undefined;
  readonly #recycledBefore: Record<string, number> = {};
  #statefulViews = 0;
  #freshViews = 0;

  constructor({ program, store, caches, recycle, log }: EngineParts) {
    this.#program = program;
    this.#store = store;
    this.#caches = caches;
    this.#recycle = recycle;
    this.#log = log;
    this.#host = new Host(program, (text) => log.info(text));
  }

  get stateful(): boolean {
    return this.#stateful !== undefined;
  }

  /**
   * Keeps an instance between views from now on. `eager` makes it at once.
   * @throws GuestError `ERR_VIEW_INSTANCE`, only when eager
   */
  enableStateful(start: 'eager' | 'lazy'): void {
    if (this.#stateful !== undefined) return;
    const stateful = new StatefulViews(this.#host, this.#recycle);
    if (start === 'eager') {
      const mark = this.#store.mark();
      this.#caches.begin(mark);
      stateful.prepare(mark, this.#viewCall(NO_INPUT, mark.tip ?? 0));
    }
    this.#stateful = stateful;
  }

  disableStateful(): void {
    for (const [reason, count] of Object.entries(this.#stateful?.recycled ?? {})) {
      this.#recycledBefore[reason] = (this.#recycledBefore[reason] ?? 0) + count;
    }
    this.#stateful = undefined;
  }

  /**
   * Runs a view as of a height.
   * @param deadlineMs 0 = none
   * @throws GuestError `ERR_VIEW_NOT_FOUND`, `ERR_VIEW_TRAP`, `ERR_VIEW_MEMORY`, `ERR_VIEW_INSTANCE`
   * @throws ViewDeadlineError `ERR_VIEW_DEADLINE`
   * @throws ViewError `ERR_VIEW_ARGUMENT`
   */
  view(
    name: string,
    input: Uint8Array,
    height: number,
    deadlineMs: number = NO_DEADLINE,
  ): Uint8Array {
    checkHeight(height);
    checkBytes('the input of a view', input);
    const mark = this.#store.mark();
    this.#caches.begin(mark);
    const call = this.#viewCall(input, height);
    this.#checkView(name);
    const kept = this.#stateful?.take(mark, call);
    if (kept === undefined) {
      this.#freshViews++;
      return this.#callView(this.#host.instantiate(call), name, call, deadlineMs);
    }
    return this.#keptView(kept, name, call, deadlineMs);
  }

  /**
   * Indexes a block on a copy and runs a view on the result, as if the block followed `height`. Nothing is kept.
   * @throws GuestError as `view`, and `ERR_INDEX_START`, `ERR_INDEX_TRAP`, `ERR_INDEX_UNFINISHED`
   */
  preview(
    block: Uint8Array,
    name: string,
    input: Uint8Array,
    height: number,
    deadlineMs: number = NO_DEADLINE,
  ): Uint8Array {
    checkHeight(height);
    checkHeight(height + 1);
    checkBytes('the block', block);
    checkBytes('the input of a view', input);
    this.#caches.begin(this.#store.mark());
    const overlay = this.#overlayOn(height);
    this.#checkView(name);
    const started = performance.now();
    this.#runStart(new Call(height + 1, block, overlay), deadlineMs, ' in preview');
    const left =
      deadlineMs === NO_DEADLINE ? deadlineMs : deadlineMs - (performance.now() - started);
    if (left < 0) throw new ViewDeadlineError(`the preview of '${name}'`, deadlineMs);
    const call = new Call(height + 1, input, { read: overlay.read, write: () => {} });
    return this.#callView(this.#host.instantiate(call), name, call, left);
  }

  /**
   * Indexes a block: all that it writes, or nothing.
   * @throws GuestError `ERR_INDEX_START`, `ERR_INDEX_TRAP`, `ERR_INDEX_UNFINISHED`
   * @throws StoreError `ERR_STORE_HEIGHT` when the block does not follow the tip
   */
  index(block: Block): IndexedBlock {
    const { height, hash } = block;
    checkHeight(height);
    checkBytes('the block', block.bytes);
    checkBytes('the hash of the block', hash);
    this.#caches.begin(this.#store.mark());
    const entries: KeyValue[] = [];
    const before = Math.max(0, height - 1);
    const call = new Call(height, block.bytes, {
      read: (key) => this.#caches.newest(key, () => this.#store.get(key, before)),
      write: (written) => {
        for (const entry of written) entries.push(entry);
      },
    });
    this.#runStart(call, NO_DEADLINE, '');
    const receipt = this.#store.commit({ height, hash, entries });
    this.#caches.committed(entries, this.#store.mark());
    const root = Buffer.from(receipt.stateRoot).toString('hex');
    this.#log.info(
      `indexed block ${height} with ${entries.length} k/v pairs atomically, state root: ${root}`,
    );
    return receipt;
  }

  stats(): EngineStats {
    const recycled = this.#stateful?.recycled ?? NOTHING_RECYCLED;
    return {
      instances: this.#host.instances,
      statefulViews: this.#statefulViews,
      freshViews: this.#freshViews,
      recycled: Object.fromEntries(
        Object.entries(recycled).map(([reason, count]) => [
          reason,
          count + (this.#recycledBefore[reason] ?? 0),
        ]),
      ) as Record<RecycleReason, number>,
    };
  }

  #keptView(guest: Guest, name: string, call: Call, deadlineMs: number): Uint8Array {
    const stateful = this.#stateful as StatefulViews;
    let outcome: 'answered' | 'broken' = 'broken';
    try {
      const result = this.#callView(guest, name, call, deadlineMs);
      if (call.failedHostCall === undefined) outcome = 'answered';
      this.#statefulViews++;
      this.#log.debug(`Executed view function '${name}' in stateful mode, memory state preserved`);
      return result;
    } finally {
      stateful.giveBack(outcome);
    }
  }

  #callView(guest: Guest, name: string, call: Call, deadlineMs: number): Uint8Array {
    const view = guest.function(name);
    if (view === undefined) throw notFound(name);
    const pointer = this.#guarded(guest, view, call, deadlineMs, `the view '${name}'`, (cause) => {
      const message = `Failed to execute view function '${name}': ${reasonOf(cause)}`;
      return new GuestError('ERR_VIEW_TRAP', message, { cause });
    });
    if (typeof pointer !== 'number') throw notFound(name);
    const result = guest.resultAt(pointer);
    if (result === undefined) {
      throw new GuestError('ERR_VIEW_MEMORY', 'Failed to get memory for view result');
    }
    return result;
  }

  #runStart(call: Call, deadlineMs: number, where: '' | ' in preview'): void {
    const guest = this.#host.instantiate(call);
    const start = guest.function('_start');
    if (start === undefined) {
      throw new GuestError(
        'ERR_INDEX_START',
        `Failed to get _start function${where && ' for preview'}: the module exports no _start without parameters`,
      );
    }
    const what = `indexing block ${call.height}`;
    this.#guarded(guest, start, call, deadlineMs, what, (cause) => {
      const message = `Error executing _start${where}: ${reasonOf(cause)}`;
      return new GuestError('ERR_INDEX_TRAP', message, { cause });
    });
    if (call.flushed && call.failedHostCall === undefined) return;
    const why = call.flushed
      ? `a call of ${call.failedHostCall} failed`
      : 'it returned without a call of __flush';
    throw new GuestError(
      'ERR_INDEX_UNFINISHED',
      `indexer exited unexpectedly${where && ' during preview'} at block ${call.height}: ${why}`,
    );
  }

  /** Runs an exported function; what it throws becomes one of our errors. */
  #guarded(
    guest: Guest,
    run: () => unknown,
    call: Call,
    deadlineMs: number,
    what: string,
    trapped: (cause: unknown) => GuestError,
  ): unknown {
    try {
      if (deadlineMs === NO_DEADLINE) return this.#host.run(guest, run, call);
      return runWithTimeout(() => this.#host.run(guest, run, call), deadlineMs);
    } catch (error) {
      if (call.hostError !== undefined) throw call.hostError as Error;
      if (isTimeout(error)) throw new ViewDeadlineError(what, deadlineMs);
      throw trapped(error);
    } finally {
      this.#caches.end();
    }
  }

  #viewCall(input: Uint8Array, height: number): Call {
    return new Call(height, input, {
      read: (key) => this.#caches.atHeight(key, height, () => this.#store.get(key, height)),
      // A view cannot write: its flush is heard and forgotten.
      write: () => {},
    });
  }

  /** A preview sees what it has written itself, then the store as of `height`. */
  #overlayOn(height: number): CallMode {
    const written = new Map<string, Uint8Array>();
    return {
      read: (key) => {
        const own = written.get(Buffer.from(key).toString('latin1'));
        return own ?? this.#caches.atHeight(key, height, () => this.#store.get(key, height));
      },
      write: (entries) => {
        for (const { key, value } of entries) {
          written.set(Buffer.from(key).toString('latin1'), value);
        }
      },
    };
  }

  #checkView(name: string): void {
    if (!this.#program.mayBeView(name)) throw notFound(name);
  }
}

const NO_INPUT = new Uint8Array(0);
const NOTHING_RECYCLED: Readonly<Record<RecycleReason, number>> = {
  trap: 0,
  uses: 0,
  pages: 0,
  tip: 0,
  height: 0,
  reorganisation: 0,
};

function notFound(name: string): GuestError {
  return new GuestError(
    'ERR_VIEW_NOT_FOUND',
    `Failed to get view function '${name}': the module exports no function of that name that takes nothing and returns an i32`,
  );
}

function checkHeight(height: number): void {
  if (isHeight(height)) return;
  throw new ViewError(
    'ERR_VIEW_ARGUMENT',
    `the height must be a whole number from 0 to 4294967295, but is ${height}`,
  );
}

function checkBytes(what: string, value: unknown): void {
  if (value instanceof Uint8Array) return;
  throw new ViewError('ERR_VIEW_ARGUMENT', `${what} must be a Uint8Array`);
}
