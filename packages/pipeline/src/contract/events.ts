import type { BreakerChange } from '@rockpool/core/resilience';
import type { RuntimeError } from '../errors.js';
import type { DeadLetter } from './dead-letter.js';
import type { OverflowPolicy } from './options.js';
import type { HealthReport } from './ports.js';
import type { ShutdownReport } from './shutdown.js';
import type { PipelineState } from './state.js';

/** What a source reports of its connection. */
export interface SourceEvents {
  readonly connected: { readonly endpoint: string };
  readonly disconnected: { readonly endpoint: string; readonly error: unknown };
  readonly reconnected: {
    readonly endpoint: string;
    /** Attempts since the cut, at least 1. */
    readonly attempts: number;
    readonly from: bigint | undefined;
  };
  /** Positions that the other side cannot send any more: `from` to `to`, both included. */
  readonly gap: { readonly from: bigint; readonly to: bigint };
  /** The other side took back what it sent from this position on. */
  readonly reset: { readonly from: bigint; readonly reason: string };
}

/** What a runtime tells its listeners. */
export interface RuntimeEvents extends SourceEvents {
  /** A move of a pipeline, or of the runtime when `pipeline` is undefined. */
  readonly state: {
    readonly pipeline: string | undefined;
    readonly from: PipelineState;
    readonly to: PipelineState;
  };
  /** A full buffer gave something up. At most once a second for each buffer; `dropped` counts since the last one. */
  readonly overflow: {
    /** Undefined for the input buffer. */
    readonly pipeline: string | undefined;
    readonly policy: OverflowPolicy;
    readonly dropped: number;
    readonly droppedInAll: number;
  };
  readonly deadLetter: DeadLetter;
  readonly breaker: BreakerChange & { readonly pipeline: string; readonly handler: string };
  /** An attempt failed and there will be another. */
  readonly retry: {
    readonly pipeline: string;
    readonly handler: string;
    readonly attempt: number;
    readonly error: unknown;
    readonly waitMs: number;
  };
  /** A frame or update could not be decoded or parsed, a handler failed, a sink failed. */
  readonly error: RuntimeError;
  readonly health: HealthReport;
  /** This runtime owns a partition, or does not any more. */
  readonly partition: {
    readonly id: number;
    readonly owned: boolean;
    /**
     * When it is owned: what lies between the last checkpoint and where this runtime was already, both included. It came
     * while the partition was another's, does not come again by itself, and was handled by nobody unless `onAssigned` of
     * the coordination has read it again, or its last owner handled it after the checkpoint. `from` is undefined where
     * there is no checkpoint.
     */
    readonly missed?: { readonly from: bigint | undefined; readonly to: bigint } | undefined;
  };
  /** The runtime has ended. */
  readonly ended: ShutdownReport;
}
