import { PIPELINE_TRANSITIONS, type PipelineState } from '../contract/state.js';
import { PipelineStateError } from '../errors.js';

/** A state that moves only as the table allows, and tells of each move. */
export class StateMachine {
  readonly #name: string;
  readonly #onMove: (from: PipelineState, to: PipelineState) => void;
  #state: PipelineState = 'initializing';

  constructor(name: string, onMove: (from: PipelineState, to: PipelineState) => void) {
    this.#name = name;
    this.#onMove = onMove;
  }

  get state(): PipelineState {
    return this.#state;
  }

  can(to: PipelineState): boolean {
    return PIPELINE_TRANSITIONS[this.#state].includes(to);
  }

  /** @throws PipelineStateError `ERR_PIPELINE_STATE` when the table does not allow it */
  move(to: PipelineState): void {
    const from = this.#state;
    if (!this.can(to)) {
      throw new PipelineStateError(`${this.#name} is ${from} and cannot become ${to}`);
    }
    this.#state = to;
    this.#onMove(from, to);
  }
}
