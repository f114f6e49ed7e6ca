import type { WasmCounters } from '../instance/counters.js';
import { newCounters } from '../instance/counters.js';

/** Words of the shared control block. One request is in flight per worker, so one slot in each direction is enough. */
export const Word = {
  /** Counts requests; the worker sleeps on it. */
  request: 0,
  /** Counts answers; the pool waits for it. */
  answer: 1,
  operation: 2,
  /** 1 if the loan ends with this call, so that the worker cleans up after it has answered. */
  endsLoan: 3,
  nameLength: 4,
  inputLength: 5,
  form: 6,
  outputLength: 7,
  /** Answers of a batch that are in the output slot. */
  done: 8,
  /** How many numbers the arguments are, for `callNumbers`. */
  numbers: 9,
} as const;

/** In the place of a name's length: it is the name of the call before. */
export const sameName = -1;
/** Arguments that are all numbers travel as numbers, unless there are more. */
export const mostNumbers = 8;
const wordBytes = 16 * 4;

/** What a request asks for. */
export const Operation = {
  callBytes: 1,
  callJson: 2,
  callMessage: 3,
  reset: 4,
  batch: 5,
  callNumbers: 6,
} as const;

/** How the input or the answer is given: in the slot, or as a message on the port. */
export const Form = { bytes: 1, json: 2, nothing: 3, message: 4, error: 5, number: 6 } as const;

/** Bytes of text beyond which a message is faster: the engine copies strings without a change of encoding. */
export const shortText = 12_288;

/** Memory that a worker and its pool share. */
export interface SharedSlots {
  readonly control: SharedArrayBuffer;
  readonly input: SharedArrayBuffer;
  readonly output: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

const counterNames = Object.keys(newCounters()) as (keyof WasmCounters)[];

export function newSlots(slotBytes: number): SharedSlots {
  return {
    control: new SharedArrayBuffer(wordBytes + mostNumbers * 8),
    input: new SharedArrayBuffer(slotBytes),
    output: new SharedArrayBuffer(slotBytes),
    counters: new SharedArrayBuffer(counterNames.length * 8),
  };
}

/** Where arguments that are numbers stand, and after the call the first of them is its answer. */
export function numbersOf({ control }: SharedSlots): Float64Array {
  return new Float64Array(control, wordBytes, mostNumbers);
}

/** Shows the worker's counters to the pool. */
export function publishCounters(counters: WasmCounters, shared: Float64Array): void {
  for (let index = 0; index < counterNames.length; index += 1) {
    shared[index] = counters[counterNames[index] as keyof WasmCounters];
  }
}

export function readCounters(shared: Float64Array): WasmCounters {
  const counters = newCounters();
  counterNames.forEach((name, index) => {
    counters[name] = shared[index] as number;
  });
  return counters;
}

/** Adds up counters of several workers; peaks and last values are not sums. */
export function addCounters(sum: WasmCounters, more: WasmCounters): void {
  for (const name of counterNames) {
    if (name === 'peakPages' || name === 'coldStartMs') sum[name] = Math.max(sum[name], more[name]);
    else sum[name] += more[name];
  }
}

/** Values that survive JSON exactly; everything else travels as a message. */
export function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}
