import type { Severity } from './severity.js';

/** A value that survives JSON as it is. */
export type Plain = string | number | boolean | null;

/** What every event carries. Events are plain data: they go through JSON and `structuredClone` unchanged. */
export interface BaseEvent<Type extends string = string> {
  /** A UUID. */
  readonly eventId: string;
  /** `family.name`, for example `pool.instance_created`; the same name in JSON, in filters and in patterns. */
  readonly eventType: Type;
  /** When it was published: UTC, ISO 8601. */
  readonly timestamp: string;
  /** Which part of the program tells it. */
  readonly source: string;
  readonly severity: Severity;
  /** Facts added by whoever publishes. */
  readonly metadata: Readonly<Record<string, Plain>>;
  /** What it belongs to: a request, a trace, a tenant. */
  readonly context: Readonly<Record<string, Plain>>;
}
