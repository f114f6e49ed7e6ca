import { Op, Section } from './format.js';
import { InstructionDecoder, skipLocals } from './instruction.js';
import type { ModuleShape } from './module.js';
import { ByteReader } from './reader.js';

/** A function whose whole run, that of the functions it calls included, is no longer than this needs no check. */
const mostBytes = 512;
/** Chains of small functions are followed this far. */
const mostDepth = 16;

interface Body {
  readonly bytes: number;
  /** Indices of the functions that it calls by name. */
  readonly calls: readonly number[];
  /** `open-ended` with a loop, or a call through a table or a reference: that may be anything, itself included. */
  readonly run: 'straight' | 'open-ended';
}

/**
 * The functions that run without a check at their entry, because whoever calls them can pay for them: they are short,
 * have no loop, call only each other or functions with a check, and never come back to themselves. Gives for every
 * function of the module the bytes of code that one call runs at most without a check; 0 for imports and for functions
 * with a check.
 */
export function smallFunctions(shape: ModuleShape): Uint16Array {
  const bodies = readBodies(shape);
  const first = shape.importedFunctions;
  const weights = new Uint16Array(shape.functions.length);
  const states = new Uint8Array(shape.functions.length);
  const visit = (index: number, depth: number): void => {
    const body = bodies[index - first];
    if (body === undefined || states[index] !== unseen) return;
    if (body.run === 'open-ended' || body.bytes > mostBytes || depth > mostDepth) {
      states[index] = checked;
      return;
    }
    states[index] = open;
    let weight = body.bytes;
    for (const callee of body.calls) {
      if (states[callee] === open) states[callee] = comesBack;
      else if (states[callee] === unseen) visit(callee, depth + 1);
      weight += weights[callee] as number;
    }
    const isSmall = states[index] === open && weight <= mostBytes;
    states[index] = isSmall ? small : checked;
    if (isSmall) weights[index] = weight;
  };
  for (let index = first; index < shape.functions.length; index += 1) visit(index, 0);
  return weights;
}

const unseen = 0;
/** Being looked at: a call of it comes back to where we are. */
const open = 1;
/** Being looked at, and known to come back to itself. */
const comesBack = 2;
const small = 3;
const checked = 4;

function readBodies(shape: ModuleShape): Body[] {
  const section = shape.sections.find(({ id }) => id === Section.code);
  if (section === undefined) return [];
  const reader = new ByteReader(shape.bytes, section.start, section.end);
  const decoder = new InstructionDecoder();
  const bodies: Body[] = [];
  for (let count = reader.u32(); count > 0; count -= 1) {
    bodies.push(readBody(reader.window(reader.u32()), decoder));
  }
  return bodies;
}

const large: Body = { bytes: mostBytes + 1, calls: [], run: 'straight' };

function readBody(reader: ByteReader, decoder: InstructionDecoder): Body {
  const bytes = reader.end - reader.position;
  if (bytes > mostBytes) return large;
  skipLocals(reader);
  const calls: number[] = [];
  let run: Body['run'] = 'straight';
  while (!reader.done) {
    decoder.next(reader);
    const { op, first } = decoder;
    if (op === Op.call || op === Op.returnCall) calls.push(first);
    else if (op === Op.loop || (op > Op.call && op <= Op.returnCallRef)) run = 'open-ended';
  }
  return { bytes, calls, run };
}
