import type { MaybePromise } from '@rockpool/core';
import type { Update } from './update.js';

/** Least to most severe; `silent` logs nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a runtime logs. */
export interface Logger {
  /** May be changed at any time. */
  level: LogLevel;
  log(
    level: Exclude<LogLevel, 'silent'>,
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void;
  /** A logger that adds `fields` to everything. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** Where figures go. Names and labels follow Prometheus' rules. */
export interface MetricsSink {
  /** `by` is what was added since the last call. */
  counter(name: string, by: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  histogram(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  flush?(): MaybePromise<void>;
  close?(): MaybePromise<void>;
}

/** A cache that parsers and handlers share. Entries are the user's; keys are texts. */
export interface Cache {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
  clear(): void;
}

export type HealthLevel = 'healthy' | 'degraded' | 'unhealthy';

/** How something is. */
export interface HealthStatus {
  readonly status: HealthLevel;
  /** 0 to 100. */
  readonly score: number;
  readonly detail?: string | undefined;
}

/** Judges one aspect of a runtime. */
export interface HealthCheck {
  readonly name: string;
  check(): MaybePromise<HealthStatus>;
}

/** All checks together. */
export interface HealthReport extends HealthStatus {
  readonly checks: Readonly<Record<string, HealthStatus>>;
  /** Checks in a row that were not healthy, by name. */
  readonly consecutiveFailures: Readonly<Record<string, number>>;
}

/** What a member of a group is told of its partitions. */
export interface Assignments {
  assigned(partitions: readonly number[]): MaybePromise<void>;
  /** Answer when what was begun of them has been handled. */
  revoked(partitions: readonly number[]): MaybePromise<void>;
}

/** Shares the partitions of a stream among several runtimes. */
export interface Coordinator {
  readonly partitions: number;
  join(member: string, assignments: Assignments): Promise<void>;
  leave(): Promise<void>;
  checkpoint(partition: number, position: bigint): Promise<void>;
  lastCheckpoint(partition: number): Promise<bigint | undefined>;
  /** Whether this member leads just now. */
  leader(): Promise<boolean>;
}

/** Lets updates into a pipeline or not, such as by the partitions this runtime owns. What it keeps out counts as filtered. */
export interface Gate {
  admits(update: Update, pipeline: string): boolean;
}
