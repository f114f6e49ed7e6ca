import { type Clock, systemClock } from '@rockpool/core';
import type { Assignments, Coordinator } from '../contract/ports.js';
import { PipelineStateError } from '../errors.js';
import { every } from '../time/every.js';
import { claimOrder, fairShare } from './fair-share.js';
import type { CheckpointStore, LeaseStore } from './lease-store.js';
import { PARTITIONS } from './partition.js';

/** How partitions are shared. */
export interface CoordinatorOptions {
  /** Default 64; the same for all members, for ever. */
  readonly partitions?: number | undefined;
  /** Told when the store cannot be reached, or an assignment fails; the group goes on. Default a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The time. Default the monotonic clock of the process. */
  readonly clock?: Clock | undefined;
}

/** A partition, or the lead, that this member holds. */
interface Held {
  revision: number;
  /** Until when nobody else can have it, by this member's clock. */
  safeUntil: number;
  /** `leaving` is not used any more, and kept until what was begun has been handled. */
  state: 'held' | 'leaving';
}

interface Membership {
  readonly member: string;
  readonly assignments: Assignments;
  readonly stop: () => void;
  /** `leaving` renews what it holds, and takes nothing any more. */
  phase: 'member' | 'leaving';
}

const MEMBER = 'member.';
const PARTITION = 'partition.';
const LEADER = 'leader';

/**
 * Shares partitions by leases: each member holds its fair share of them, renews them three times in a lease, gives up
 * what is too much when somebody joins, and takes what is free when somebody is gone. A member that cannot renew stops
 * using a partition before its lease ends, so two members never own one at the same time as long as their clocks run
 * at the same speed.
 */
export class LeasedCoordinator implements Coordinator {
  readonly partitions: number;
  readonly #store: LeaseStore;
  readonly #checkpoints: CheckpointStore;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #held = new Map<string, Held>();
  #membership: Membership | undefined;
  #renewing: Promise<void> | undefined;
  #balancing: Promise<void> | undefined;

  constructor(
    store: LeaseStore,
    checkpoints: CheckpointStore,
    { partitions = PARTITIONS, onError = warn, clock = systemClock }: CoordinatorOptions = {},
  ) {
    this.partitions = partitions;
    this.#store = store;
    this.#checkpoints = checkpoints;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Whether this member owns a partition at this moment, and may handle what is of it. */
  owns(partition: number): boolean {
    const held = this.#held.get(`${PARTITION}${partition}`);
    return held !== undefined && held.state === 'held' && this.#clock.now() < held.safeUntil;
  }

  /** The partitions that are owned now, in order. */
  get owned(): readonly number[] {
    return this.#partitionsHeld().filter((partition) => this.owns(partition));
  }

  /**
   * Becomes a member and takes its share of what is free, before it resolves.
   * @throws PipelineStateError `ERR_PIPELINE_STATE` when it is a member already
   */
  async join(member: string, assignments: Assignments): Promise<void> {
    if (this.#membership !== undefined) {
      throw new PipelineStateError(`this coordinator has joined as ${this.#membership.member}`);
    }
    const stop = every(this.#clock, this.#store.leaseMs / 3, () => this.#tick());
    this.#membership = { member, assignments, stop, phase: 'member' };
    try {
      await this.#store.put(`${MEMBER}${member}`, member);
      await this.#balanceOnce();
    } catch (error) {
      stop();
      this.#membership = undefined;
      throw error;
    }
  }

  /** Gives everything back, after what was begun has been handled. */
  async leave(): Promise<void> {
    const membership = this.#membership;
    if (membership === undefined) return;
    // Leases are renewed until the end: what was begun may take longer than one.
    membership.phase = 'leaving';
    await this.#balancing;
    await this.#release(this.#partitionsHeld(), membership);
    membership.stop();
    this.#membership = undefined;
    await this.#renewing;
    const lead = this.#held.get(LEADER);
    this.#held.clear();
    if (lead !== undefined) await this.#store.remove(LEADER, lead.revision);
    await this.#store.remove(`${MEMBER}${membership.member}`);
  }

  async checkpoint(partition: number, position: bigint): Promise<void> {
    await this.#checkpoints.raise(partition, position);
  }

  lastCheckpoint(partition: number): Promise<bigint | undefined> {
    return this.#checkpoints.read(partition);
  }

  /** Whether this member leads just now; exactly one does, or for the length of a lease none. */
  async leader(): Promise<boolean> {
    const held = this.#held.get(LEADER);
    return held !== undefined && this.#clock.now() < held.safeUntil;
  }

  /** Three times in a lease. Neither part overtakes itself, and slow assignments do not keep leases from being renewed. */
  #tick(): void {
    this.#forgetLost();
    this.#renewing ??= this.#guarded(() => this.#renew()).finally(() => {
      this.#renewing = undefined;
    });
    this.#balancing ??= this.#renewing
      .then(() => this.#guarded(() => this.#balanceOnce()))
      .finally(() => {
        this.#balancing = undefined;
      });
  }

  /** What could not be renewed in time is somebody else's soon: it is lost before it can be. */
  #forgetLost(): void {
    const now = this.#clock.now();
    const lost = [...this.#held].filter(([, { safeUntil }]) => now >= safeUntil);
    this.#lose(lost.map(([key]) => key));
  }

  #lose(keys: readonly string[]): void {
    for (const key of keys) this.#held.delete(key);
    const partitions = keys.flatMap(numberIn);
    const { assignments } = this.#membership ?? {};
    if (partitions.length === 0 || assignments === undefined) return;
    void this.#guarded(async () => assignments.revoked(partitions));
  }

  async #renew(): Promise<void> {
    const { member } = this.#membership ?? {};
    if (member === undefined) return;
    await this.#store.put(`${MEMBER}${member}`, member);
    await Promise.all(
      [...this.#held].map(async ([key, held]) => {
        const askedAt = this.#clock.now();
        const revision = await this.#store.update(key, member, held.revision);
        if (this.#held.get(key) !== held) return;
        if (revision === undefined) this.#lose([key]);
        else this.#hold(held, revision, askedAt);
      }),
    );
  }

  async #balanceOnce(): Promise<void> {
    const membership = this.#membership;
    if (membership?.phase !== 'member') return;
    const { member, assignments } = membership;
    if (!this.#held.has(LEADER)) await this.#claim(LEADER, member);
    const listed = await this.#store.list(MEMBER);
    const members = [...listed.keys()].map((key) => key.slice(MEMBER.length));
    const share = fairShare(member, members, this.partitions);
    const mine = this.#partitionsHeld();
    if (mine.length > share) await this.#release(mine.slice(share), membership);
    if (mine.length >= share) return;
    const taken = await this.#store.list(PARTITION);
    const free = Array.from({ length: this.partitions }, (_, index) => index).filter(
      (each) => !taken.has(`${PARTITION}${each}`),
    );
    const claimed: number[] = [];
    for (const partition of claimOrder(member, members, free)) {
      if (mine.length + claimed.length >= share) break;
      if (await this.#claim(`${PARTITION}${partition}`, member)) claimed.push(partition);
    }
    if (claimed.length > 0) await assignments.assigned(claimed.sort((a, b) => a - b));
  }

  async #claim(key: string, member: string): Promise<boolean> {
    const askedAt = this.#clock.now();
    const revision = await this.#store.create(key, member);
    if (revision === undefined) return false;
    const held: Held = { revision, safeUntil: 0, state: 'held' };
    this.#hold(held, revision, askedAt);
    this.#held.set(key, held);
    return true;
  }

  /** Stops using partitions, waits for what was begun, and only then lets others have them. */
  async #release(partitions: readonly number[], { assignments }: Membership): Promise<void> {
    const keys = partitions.map((partition) => `${PARTITION}${partition}`);
    for (const key of keys) {
      const held = this.#held.get(key);
      if (held !== undefined) held.state = 'leaving';
    }
    if (keys.length > 0) await assignments.revoked(partitions);
    for (const key of keys) {
      const held = this.#held.get(key);
      this.#held.delete(key);
      if (held !== undefined) await this.#store.remove(key, held.revision);
    }
  }

  /** Counted from before the request, and short of the whole lease by a tick: the store's clock began later. */
  #hold(held: Held, revision: number, askedAt: number): void {
    held.revision = revision;
    held.safeUntil = askedAt + this.#store.leaseMs * (5 / 6);
  }

  #partitionsHeld(): number[] {
    return [...this.#held.keys()].flatMap(numberIn).sort((a, b) => a - b);
  }

  async #guarded(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#onError(error);
    }
  }
}

function numberIn(key: string): number[] {
  return key.startsWith(PARTITION) ? [Number(key.slice(PARTITION.length))] : [];
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
