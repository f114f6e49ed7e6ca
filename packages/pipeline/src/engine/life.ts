import type { PipelineState } from '../contract/state.js';
import { StateMachine } from '../state/machine.js';

/**
 * How a pipeline takes and gives: `open` takes updates; `draining` takes none and handles what it has; `finishing`
 * lets only begun attempts end; `ended` does nothing any more.
 */
type Phase = 'open' | 'draining' | 'finishing' | 'ended';

/** The state of a pipeline as all see it, and the phase of its end, which is its own affair. */
export class Life {
  readonly #machine: StateMachine;
  #phase: Phase = 'open';
  #inputEnded = false;

  constructor(pipeline: string, onMove: (from: PipelineState, to: PipelineState) => void) {
    this.#machine = new StateMachine(`pipeline ${pipeline}`, onMove);
  }

  get state(): PipelineState {
    return this.#machine.state;
  }

  /** Nothing is done any more. */
  get ended(): boolean {
    return this.#phase === 'ended';
  }

  /** Only begun attempts may still end. */
  get finishing(): boolean {
    return this.#phase === 'finishing';
  }

  /** Whether what is there is handled, and not only what has begun. */
  get handles(): boolean {
    return this.#phase === 'open' || this.#phase === 'draining';
  }

  /** Whether anything may begin just now: also what is pending when it is shut down in state `paused`. */
  get begins(): boolean {
    return this.#machine.state === 'running' || this.#phase === 'draining';
  }

  /** Whether batches go without waiting to be full. */
  get flushing(): boolean {
    return this.#inputEnded || this.#phase === 'finishing' || this.#machine.state === 'paused';
  }

  /** @throws PipelineStateError `ERR_PIPELINE_STATE` when the table does not allow it */
  move(to: PipelineState): void {
    this.#machine.move(to);
  }

  /** Moves where the table allows it; whether it did. */
  tryMove(to: PipelineState): boolean {
    if (!this.#machine.can(to)) return false;
    this.#machine.move(to);
    return true;
  }

  drain(): void {
    this.#phase = 'draining';
  }

  finish(): void {
    this.#phase = 'finishing';
  }

  end(): void {
    this.#phase = 'ended';
  }

  endInput(): void {
    this.#inputEnded = true;
  }
}
