import type { MessagePort } from 'node:worker_threads';
import type { TimekeeperLine } from '../epoch/timekeeper.js';
import type { DeadlineMechanism } from '../instance/options.js';
import type { Isolation } from '../program/isolation.js';
import type { PostedProgram } from '../program/posted.js';
import type { ModuleReference } from '../program/reference.js';
import type { PostedError } from './errors.js';
import type { SharedSlots } from './layout.js';

/** What a worker is started with. */
export interface WorkerBoot {
  readonly program: PostedProgram;
  readonly isolation: Isolation;
  readonly backend: 'portable' | 'os-tracked';
  readonly check: 'trusting' | 'paranoid';
  readonly deadlineMs: number | undefined;
  readonly mechanism: DeadlineMechanism;
  readonly fuel: number | undefined;
  readonly limitPages: number;
  readonly growth: 'keep' | 'retire';
  readonly startDeadlineMs: number;
  readonly warmUp: ModuleReference | undefined;
  readonly reseed: ModuleReference | undefined;
  readonly slots: SharedSlots;
  readonly port: MessagePort;
  /** Where the program has epoch checks. */
  readonly timekeeper: TimekeeperLine | undefined;
}

/** The first message of a worker. */
export type WorkerGreeting =
  | { readonly kind: 'ready'; readonly warnings: readonly string[]; readonly compiled: number }
  | { readonly kind: 'failed'; readonly error: PostedError };
