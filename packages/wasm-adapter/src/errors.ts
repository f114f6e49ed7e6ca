/** Codes of the errors of this package. They do not change between major versions; messages do. */
export type WasmErrorCode =
  | 'ERR_WASM_OPTIONS'
  | 'ERR_WASM_PROGRAM'
  | 'ERR_WASM_IMPORTS'
  | 'ERR_WASM_EXPORT'
  | 'ERR_WASM_COMPONENT_SUPPORT'
  | 'ERR_WASM_INSTANTIATE'
  | 'ERR_WASM_DEADLINE'
  | 'ERR_WASM_FUEL'
  | 'ERR_WASM_MEMORY_LIMIT'
  | 'ERR_WASM_TRAP'
  | 'ERR_WASM_ABI'
  | 'ERR_WASM_POISONED'
  | 'ERR_WASM_WORKER'
  | 'ERR_WASM_CLOSED';

const brand = Symbol.for('rockpool.wasm.error');

/** The base of every error that this package throws. The message says what happened, to what, and what to do. */
export class WasmError extends Error {
  readonly code: WasmErrorCode;

  constructor(code: WasmErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }

  /** Says whether `value` is an error of this package, also across copies of it, and of the given code. */
  static is(value: unknown, code?: WasmErrorCode): value is WasmError {
    return (
      value instanceof Error &&
      (value as { [brand]?: true })[brand] === true &&
      (code === undefined || (value as WasmError).code === code)
    );
  }
}

// On the prototype, so that an error rebuilt from a worker's message has it too.
Object.defineProperty(WasmError.prototype, brand, { value: true });

/** An option is wrong; nothing was done. */
export class WasmOptionsError extends WasmError {
  /** One line for each problem. */
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super('ERR_WASM_OPTIONS', `${what}: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** The bytes cannot become a program: no WebAssembly, truncated, or not what its options say. */
export class WasmProgramError extends WasmError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('ERR_WASM_PROGRAM', message, options);
  }
}

/** The module needs imports that nobody gave. */
export class WasmImportError extends WasmError {
  /** `module.name (kind)` of every missing import. */
  readonly missing: readonly string[];

  constructor(program: string, missing: readonly string[]) {
    super(
      'ERR_WASM_IMPORTS',
      `${program} needs imports that were not given: ${missing.join(', ')}. Pass them as \`imports\`.`,
    );
    this.missing = missing;
  }
}

/** The guest has no export of that name and kind. */
export class WasmExportError extends WasmError {
  constructor(message: string) {
    super('ERR_WASM_EXPORT', message);
  }
}

/** Components need an optional package that is not installed. */
export class WasmComponentSupportError extends WasmError {
  constructor(cause: unknown) {
    super(
      'ERR_WASM_COMPONENT_SUPPORT',
      'Components need the optional package @bytecodealliance/jco. Install it: npm install @bytecodealliance/jco @bytecodealliance/preview2-shim',
      { cause },
    );
  }
}

/** An instance could not be made. */
export class WasmInstantiateError extends WasmError {
  constructor(message: string, cause?: unknown) {
    super('ERR_WASM_INSTANTIATE', message, { cause });
  }
}

/** What is known about a guest that ran too long. */
export interface DeadlineFacts {
  /** The limit that was passed: `deadline.ms`, or `deadline.hardKillAfterMs` where the worker was ended. */
  readonly deadlineMs: number;
  readonly elapsedMs: number;
  /** `guest`: it was stopped inside its instance. `worker`: the thread was ended, and the instance with it. */
  readonly stopped: 'guest' | 'worker';
}

/** The guest ran longer than it may and was stopped. */
export class WasmDeadlineError extends WasmError {
  readonly deadlineMs: number;
  /** How long the guest had run when it was stopped. */
  readonly elapsedMs: number;
  readonly stopped: 'guest' | 'worker';

  constructor(call: string, facts: DeadlineFacts, cause?: unknown) {
    const { deadlineMs, elapsedMs, stopped } = facts;
    const took = `${elapsedMs.toFixed(1)} ms`;
    super(
      'ERR_WASM_DEADLINE',
      stopped === 'guest'
        ? `${call} was stopped after ${took}: its deadline is ${deadlineMs} ms. Raise \`deadline.ms\` if it needs longer.`
        : `${call} gave no answer for ${took}, so its worker was ended. Raise \`deadline.hardKillAfterMs\` if it needs longer.`,
      { cause },
    );
    this.deadlineMs = deadlineMs;
    this.elapsedMs = elapsedMs;
    this.stopped = stopped;
  }
}

/** The guest used up its fuel and was stopped. */
export class WasmFuelError extends WasmError {
  readonly fuel: number;

  constructor(call: string, fuel: number, cause?: unknown) {
    super(
      'ERR_WASM_FUEL',
      `${call} was stopped: it used more than its ${fuel} units of fuel. Raise \`fuel\` if it needs more.`,
      { cause },
    );
    this.fuel = fuel;
  }
}

/** The guest asked for more memory than it may have, and then failed. */
export class WasmMemoryLimitError extends WasmError {
  readonly limitPages: number;
  /** The size that was refused. */
  readonly requestedPages: number;

  constructor(call: string, limitPages: number, requestedPages: number, cause?: unknown) {
    super(
      'ERR_WASM_MEMORY_LIMIT',
      `${call} failed after it was refused memory: it asked for ${requestedPages} pages of 64 KiB, its limit is ${limitPages}. Raise \`memory.maxPages\` if it needs more.`,
      { cause },
    );
    this.limitPages = limitPages;
    this.requestedPages = requestedPages;
  }
}

/** The guest trapped: a bug in it, or input it cannot take. */
export class WasmTrapError extends WasmError {
  /** The engine's word for the trap, for reading, not for branching. */
  readonly trap: string;

  constructor(call: string, trap: string, cause?: unknown) {
    super('ERR_WASM_TRAP', `${call} trapped: ${trap}`, { cause });
    this.trap = trap;
  }
}

/** Guest and host disagree about the calling convention: a pointer outside memory, a result of the wrong shape. */
export class WasmAbiError extends WasmError {
  constructor(message: string) {
    super('ERR_WASM_ABI', message);
  }
}

/** The instance was stopped or trapped in this lease and has not been restored. */
export class WasmPoisonedError extends WasmError {
  constructor(call: string, cause: unknown) {
    super(
      'ERR_WASM_POISONED',
      `${call}: this instance was stopped or trapped earlier in this lease. Call restore() on it, or release it and take another.`,
      { cause },
    );
  }
}

/** A worker ended, or did not answer. */
export class WasmWorkerError extends WasmError {
  constructor(message: string, cause?: unknown) {
    super('ERR_WASM_WORKER', message, { cause });
  }
}

/** The instance was destroyed. */
export class WasmClosedError extends WasmError {
  constructor(what: string) {
    super('ERR_WASM_CLOSED', `${what} was destroyed and cannot be used any more.`);
  }
}
