import { addressOf } from '../filters/addresses.js';

const INVOKE = /^Program (\w{32,44}) invoke \[(\d+)\]$/;
const RETURN = /^Program (\w{32,44}) (?:success|failed)/;

/** From where to where in the logs a program ran. */
interface Run {
  readonly program: string;
  readonly depth: number;
  readonly from: number;
  to: number;
}

/**
 * Hands out the logs of each instruction, in the order in which instructions run. An instruction without logs of its
 * own (a precompiled program, or one behind the place where the logs were cut off) gets none.
 */
export class LogWalk {
  readonly #logs: readonly string[];
  readonly #runs: readonly Run[];
  #at = 0;

  constructor(logs: readonly string[]) {
    this.#logs = logs;
    this.#runs = runsOf(logs);
  }

  /** The logs of the next instruction, which runs `program` at `depth`, 1 being the top. */
  next(program: Uint8Array, depth: number): readonly string[] {
    const run = this.#runs[this.#at];
    if (run === undefined || run.depth !== depth || run.program !== nameOf(program)) return NONE;
    this.#at++;
    return this.#logs.slice(run.from, run.to);
  }
}

const NONE: readonly string[] = Object.freeze([]);
const MOST_NAMES = 1_024;
const names = new Map<string, string>();

/** Few programs are run again and again, and base58 is slow. */
function nameOf(program: Uint8Array): string {
  const key = Buffer.from(program.buffer, program.byteOffset, program.length).toString('latin1');
  let name = names.get(key);
  if (name === undefined) {
    name = addressOf(program);
    if (names.size >= MOST_NAMES) names.clear();
    names.set(key, name);
  }
  return name;
}

function runsOf(logs: readonly string[]): readonly Run[] {
  const runs: Run[] = [];
  const open: Run[] = [];
  for (const [at, line] of logs.entries()) {
    if (!line.startsWith('Program ')) continue;
    const invoked = INVOKE.exec(line);
    if (invoked !== null) {
      const run = {
        program: invoked[1] as string,
        depth: Number(invoked[2]),
        from: at,
        to: logs.length,
      };
      runs.push(run);
      open.push(run);
    } else if (open.at(-1)?.program === RETURN.exec(line)?.[1]) {
      const done = open.pop();
      if (done !== undefined) done.to = at + 1;
    }
  }
  return runs;
}
