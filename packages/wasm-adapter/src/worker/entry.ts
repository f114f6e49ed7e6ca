import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { useTimekeeper } from '../epoch/timekeeper.js';
import { newCounters } from '../instance/counters.js';
import { WasmInstance } from '../instance/instance.js';
import type { InstanceParts } from '../instance/parts.js';
import { compilerCounters } from '../program/compiler.js';
import type { GuestApi } from '../program/options.js';
import { ReceivedProgram } from '../program/posted.js';
import { importReference } from '../program/reference.js';
import { chooseBackend } from '../snapshot/backend.js';
import type { WorkerBoot, WorkerGreeting } from './boot.js';
import { postError } from './errors.js';
import {
  Form,
  isPlain,
  numbersOf,
  Operation,
  publishCounters,
  sameName,
  shortText,
  Word,
} from './layout.js';
import { RecordWriter } from './records.js';

type AnyApi = Record<string, (...values: never[]) => unknown>;

/** Milliseconds that an idle worker sleeps before it lets its event loop turn once. */
const napMs = 1_000;

const boot = workerData as WorkerBoot;
const control = new Int32Array(boot.slots.control);
const input = Buffer.from(boot.slots.input);
const output = Buffer.from(boot.slots.output);
const numbers = numbersOf(boot.slots);
const records = new RecordWriter(output);
const shownCounters = new Float64Array(boot.slots.counters);
const counters = newCounters();
if (boot.timekeeper !== undefined) useTimekeeper(boot.timekeeper);

const greet = (greeting: WorkerGreeting): void => parentPort?.postMessage(greeting);

void main();

async function main(): Promise<void> {
  try {
    const warnings: string[] = [];
    const parts = await partsOf(boot, (warning) => warnings.push(warning));
    const first = await WasmInstance.create(parts);
    publishCounters(counters, shownCounters);
    greet({ kind: 'ready', warnings, compiled: compilerCounters().compiled });
    await serve(parts, first);
  } catch (error) {
    greet({ kind: 'failed', error: postError(error) });
  }
}

async function partsOf(
  { program, isolation, backend, warmUp, reseed, ...options }: WorkerBoot,
  warn: (warning: string) => void,
): Promise<InstanceParts<AnyApi>> {
  return {
    program: new ReceivedProgram<AnyApi>(program),
    isolation,
    backend: chooseBackend(backend, warn),
    counters,
    options: {
      ...options,
      isolation,
      backend,
      hardKillAfterMs: undefined,
      // The pool looks at the wear of its workers, and replaces them as a whole.
      retireAfter: undefined,
      limited: 'limited',
      warmUp: warmUp && (await importReference<(api: GuestApi) => void>(warmUp)),
      reseed: reseed && (await importReference<(api: GuestApi) => void>(reseed)),
      now: () => performance.now(),
    },
  };
}

/** Answers one request after the other; sleeps in between without an event loop, which is the fastest way to wake. */
async function serve(parts: InstanceParts<AnyApi>, first: WasmInstance<AnyApi>): Promise<never> {
  let instance = first;
  for (let seen = 0; ; ) {
    // Until there is a request, and not only until it is rung: the bell of the one before may have been held up.
    while (Atomics.load(control, Word.request) === seen) {
      if (Atomics.wait(control, Word.request, seen, napMs) === 'timed-out') await nextTurn();
    }
    seen = Atomics.load(control, Word.request);
    const operation = control[Word.operation];
    if (operation === Operation.batch) {
      instance = await serveBatch(parts, instance);
      continue;
    }
    const endsLoan = control[Word.endsLoan] === 1 || operation === Operation.reset;
    if (operation !== Operation.reset) answer(instance, operation ?? 0);
    publishCounters(counters, shownCounters);
    if (operation !== Operation.reset) ring();
    if (endsLoan) {
      instance = await cleaned(parts, instance);
      publishCounters(counters, shownCounters);
    }
    if (operation === Operation.reset) ring();
  }
}

/** The instance, put back; or another one, if it cannot be. */
async function cleaned(
  parts: InstanceParts<AnyApi>,
  instance: WasmInstance<AnyApi>,
): Promise<WasmInstance<AnyApi>> {
  const clean = instance.resetNow();
  if (clean === true || (await clean)) return instance;
  instance.destroy();
  return WasmInstance.create(parts);
}

/** Calls one after the other, each a loan of its own; the pool is told when the last has its answer. */
async function serveBatch(
  parts: InstanceParts<AnyApi>,
  first: WasmInstance<AnyApi>,
): Promise<WasmInstance<AnyApi>> {
  const text = input.toString('utf8', 0, control[Word.inputLength]);
  const calls = JSON.parse(text) as readonly (readonly [name: string, ...values: never[]])[];
  let instance = first;
  records.begin();
  for (let done = 1; done <= calls.length; done += 1) {
    const [name, ...values] = calls[done - 1] as readonly [string, ...never[]];
    record(instance, name, values, calls.length - done);
    Atomics.store(control, Word.done, done);
    if (done === calls.length) {
      publishCounters(counters, shownCounters);
      ring();
    }
    instance = await cleaned(parts, instance);
  }
  publishCounters(counters, shownCounters);
  return instance;
}

function record(
  instance: WasmInstance<AnyApi>,
  name: string,
  values: readonly never[],
  callsToCome: number,
): void {
  let result: unknown;
  try {
    result = instance.call(name, ...values);
    if (result !== undefined && !isPlain(result)) boot.port.postMessage(result);
  } catch (error) {
    boot.port.postMessage(postError(error));
    records.write(Form.error);
    return;
  }
  if (result === undefined) records.write(Form.nothing);
  else if (!isPlain(result)) records.write(Form.message);
  else {
    const text = JSON.stringify(result);
    if (records.fits(text.length, callsToCome)) records.write(Form.json, text);
    else {
      boot.port.postMessage(result);
      records.write(Form.message);
    }
  }
}

function ring(): void {
  Atomics.add(control, Word.answer, 1);
  Atomics.notify(control, Word.answer);
}

function answer(instance: WasmInstance<AnyApi>, operation: number): void {
  try {
    reply(invoke(instance, operation));
  } catch (error) {
    control[Word.form] = Form.error;
    boot.port.postMessage(postError(error));
  }
}

/** The name of the last call that said one. */
let lastName = '';

function invoke(instance: WasmInstance<AnyApi>, operation: number): unknown {
  if (operation === Operation.callMessage) {
    const message = receiveMessageOnPort(boot.port)?.message as {
      readonly name: string;
      readonly values?: readonly never[];
      readonly bytes?: Uint8Array;
    };
    return message.bytes === undefined
      ? instance.call(message.name, ...(message.values ?? []))
      : instance.callBytes(message.name, message.bytes);
  }
  const nameLength = Math.max(0, control[Word.nameLength] ?? 0);
  if (control[Word.nameLength] !== sameName) lastName = input.toString('utf8', 0, nameLength);
  const name = lastName;
  if (operation === Operation.callNumbers) {
    const values = Array.from(numbers.subarray(0, control[Word.numbers]));
    return instance.call(name, ...(values as never[]));
  }
  const end = nameLength + (control[Word.inputLength] ?? 0);
  if (operation === Operation.callBytes) {
    return instance.callBytes(name, input.subarray(nameLength, end));
  }
  const values =
    end === nameLength ? [] : (JSON.parse(input.toString('utf8', nameLength, end)) as never[]);
  return instance.call(name, ...values);
}

function reply(result: unknown): void {
  if (result === undefined) {
    control[Word.form] = Form.nothing;
    return;
  }
  if (typeof result === 'number') {
    numbers[0] = result;
    control[Word.form] = Form.number;
    return;
  }
  if (result instanceof Uint8Array && result.length <= output.length) {
    output.set(result);
    control[Word.outputLength] = result.length;
    control[Word.form] = Form.bytes;
    return;
  }
  if (isPlain(result)) {
    const text = JSON.stringify(result);
    if (text.length * 3 <= Math.min(output.length, shortText)) {
      control[Word.outputLength] = output.write(text, 0, 'utf8');
      control[Word.form] = Form.json;
      return;
    }
  }
  boot.port.postMessage(result);
  control[Word.form] = Form.message;
}
