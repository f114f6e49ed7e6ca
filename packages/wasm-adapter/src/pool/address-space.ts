import { readFileSync } from 'node:fs';
import { WasmOptionsError } from '../errors.js';

const GiB = 2 ** 30;

/** What V8 reserves for the address space of every memory, whatever its maximum is, and how many it can have. */
export interface AddressBudget {
  readonly reservedBytes: number;
  /** Memories that this process can hold at once. */
  readonly memories: number;
  /** What sets that bound. */
  readonly bound: 'engine' | 'ulimit';
}

/**
 * The budget of this process. V8 puts a guard region around every memory: 10 GiB on Node 20 and 22, 8 GiB on later
 * versions, of the 47 bits of address space that a process has; `ulimit -v` may leave far less.
 */
export function addressBudget(
  nodeMajor: number = Number(process.versions.node.split('.')[0]),
  limitBytes: number = addressSpaceLimit(),
): AddressBudget {
  const reservedBytes = (nodeMajor < 24 ? 10 : 8) * GiB;
  const engine = nodeMajor < 24 ? 13_000 : 16_300;
  const allowed = Math.floor(limitBytes / reservedBytes);
  return allowed < engine
    ? { reservedBytes, memories: allowed, bound: 'ulimit' }
    : { reservedBytes, memories: engine, bound: 'engine' };
}

/** @throws WasmOptionsError if so many memories cannot live in this process. */
export function assertFits(
  instances: number,
  memoriesEach: number,
  budget: AddressBudget = addressBudget(),
): void {
  const needed = instances * memoriesEach;
  if (needed <= budget.memories) return;
  const most = Math.floor(budget.memories / memoriesEach);
  const why =
    budget.bound === 'ulimit'
      ? 'the address space of this process is limited (ulimit -v)'
      : 'the address space of a process ends there';
  throw new WasmOptionsError('createWasmPool', [
    `\`max\` ${instances} cannot live: V8 reserves ${budget.reservedBytes / GiB} GiB of address space for each of ${needed} memories, and ${why}; the most is ${most}`,
  ]);
}

/** Bytes that `ulimit -v` allows; infinite where there is no limit or no way to know. */
function addressSpaceLimit(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  try {
    const line = /^Max address space\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    const soft = line?.[1];
    return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY; // no /proc: the engine will say when there is no room
  }
}
