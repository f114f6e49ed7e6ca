import { type Clock, systemClock, type TimerHandle } from '@rockpool/core';
import type { Extension } from '../contract/extension.js';
import type { Coordinator, Gate } from '../contract/ports.js';
import type { Runtime } from '../contract/runtime.js';
import type { Update } from '../contract/update.js';
import { every } from '../time/every.js';
import type { Partitioner } from './partition.js';

/** How a runtime takes part in a group. */
export interface CoordinationOptions {
  readonly coordinator: Coordinator & { owns?(partition: number): boolean };
  /** The name of this runtime in its group; no other may have it. */
  readonly member: string;
  /** The partition of each update. */
  readonly partitioner: Partitioner;
  /** Between two checkpoints, in ms. Default 1,000. */
  readonly checkpointMs?: number | undefined;
  /** How long a partition that is given up waits for what was begun, in ms. Default 10,000. */
  readonly drainMs?: number | undefined;
  /**
   * Told of each partition that is assigned, with where its last owner was: what came since then and is not in the
   * stream any more has to be read again, which is the affair of the source. Awaited before the partition is owned; the
   * event `partition` then tells what lies between.
   */
  readonly onAssigned?:
    | ((partition: number, from: bigint | undefined) => void | Promise<void>)
    | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** A member of a group: lets in only what is of its partitions, and notes how far it is. */
export interface Coordination extends Extension, Gate {}

/** Takes part in a group: hand it to the runtime both as gate and as extension. */
export function coordination(options: CoordinationOptions): Coordination {
  return new GroupMember(options);
}

class GroupMember implements Coordination {
  readonly name = 'coordination';
  readonly #options: CoordinationOptions;
  readonly #clock: Clock;
  readonly #owned = new Set<number>();
  #runtime: Runtime | undefined;
  #stopCheckpoints: () => void = () => {};
  #noting: Promise<unknown> = Promise.resolve();

  constructor(options: CoordinationOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  admits(update: Update): boolean {
    const { partitioner, coordinator } = this.#options;
    const partition = partitioner(update);
    // A coordinator that knows the time of its leases has the last word: a process that slept owns nothing.
    return this.#owned.has(partition) && (coordinator.owns?.(partition) ?? true);
  }

  async start(runtime: Runtime): Promise<void> {
    this.#runtime = runtime;
    const { coordinator, member, checkpointMs = 1_000 } = this.#options;
    await coordinator.join(member, {
      assigned: (partitions) => this.#take(partitions),
      revoked: (partitions) => this.#giveUp(partitions),
    });
    this.#stopCheckpoints = every(this.#clock, checkpointMs, () => {
      this.#noting = this.#noting.then(() => this.#note([...this.#owned]));
    });
  }

  async stop(): Promise<void> {
    this.#stopCheckpoints();
    await this.#noting;
    await this.#options.coordinator.leave();
  }

  async #take(partitions: readonly number[]): Promise<void> {
    const { coordinator, onAssigned } = this.#options;
    for (const partition of partitions) {
      const checkpoint = await coordinator.lastCheckpoint(partition);
      await onAssigned?.(partition, checkpoint);
      this.#owned.add(partition);
      const missed = this.#missedSince(checkpoint);
      this.#runtime?.emit('partition', { id: partition, owned: true, missed });
    }
  }

  /** What the gate has turned away of a partition that was another's. */
  #missedSince(
    checkpoint: bigint | undefined,
  ): { readonly from: bigint | undefined; readonly to: bigint } | undefined {
    const to = this.#stats()?.receivedUpTo;
    if (to === undefined || (checkpoint !== undefined && checkpoint >= to)) return undefined;
    return { from: checkpoint === undefined ? undefined : checkpoint + 1n, to };
  }

  async #giveUp(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      this.#owned.delete(partition);
      this.#runtime?.emit('partition', { id: partition, owned: false });
    }
    await this.#drained();
    await this.#note(partitions);
  }

  /** Resolves when everything that had been received is handled, or after `drainMs`. */
  #drained(): Promise<void> {
    const { drainMs = 10_000 } = this.#options;
    const { receivedUpTo } = this.#stats() ?? {};
    const until = this.#clock.now() + drainMs;
    return new Promise((resolve) => {
      const look = (): void => {
        const { handledUpTo, totals } = this.#stats() ?? {};
        const caughtUp = receivedUpTo === undefined || (handledUpTo ?? -1n) >= receivedUpTo;
        if (caughtUp || totals?.inFlight === 0 || this.#clock.now() >= until) {
          resolve();
          return;
        }
        const timer: TimerHandle = this.#clock.setTimeout(look, 20);
        timer.unref?.();
      };
      look();
    });
  }

  async #note(partitions: readonly number[]): Promise<void> {
    const { handledUpTo } = this.#stats() ?? {};
    if (handledUpTo === undefined) return;
    try {
      for (const partition of partitions) {
        await this.#options.coordinator.checkpoint(partition, handledUpTo);
      }
    } catch (error) {
      // The next one says as much, and an old checkpoint only means more to read again.
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #stats(): ReturnType<Runtime['stats']> | undefined {
    return this.#runtime?.stats();
  }
}
