/**
 * The hot loops. This module is loaded once for each subject (the importer adds a query), so that V8 compiles every
 * loop for one pool and none of them suffers from what it has seen of another.
 */
import type { Resource, Subject } from './subjects/index.js';

export async function cycle<Loan>(subject: Subject<Loan>, loans: number): Promise<number> {
  let sum = 0;
  for (let index = 0; index < loans; index++) {
    const loan = await subject.acquire();
    sum += subject.resourceOf(loan).id;
    subject.release(loan);
  }
  return sum;
}

export function trySync<Loan>(subject: Subject<Loan>, loans: number): number {
  const take = subject.tryAcquire as NonNullable<Subject<Loan>['tryAcquire']>;
  let sum = 0;
  for (let index = 0; index < loans; index++) {
    const loan = take();
    if (loan === undefined) throw new Error('nothing was idle');
    sum += subject.resourceOf(loan).id;
    subject.release(loan);
  }
  return sum;
}

export async function uses<Loan>(subject: Subject<Loan>, loans: number): Promise<number> {
  const use = subject.use ?? ((fn) => useByHand(subject, fn));
  let sum = 0;
  for (let index = 0; index < loans; index++) sum += await use(readId);
  return sum;
}

export function usesSync<Loan>(subject: Subject<Loan>, loans: number): number {
  const use = subject.useSync as NonNullable<Subject<Loan>['useSync']>;
  let sum = 0;
  for (let index = 0; index < loans; index++) sum += use(readIdNow);
  return sum;
}

export async function churn<Loan>(subject: Subject<Loan>, loans: number): Promise<number> {
  const destroy = subject.destroy as NonNullable<Subject<Loan>['destroy']>;
  let sum = 0;
  for (let index = 0; index < loans; index++) {
    const loan = await subject.acquire();
    sum += subject.resourceOf(loan).id;
    destroy(loan);
  }
  return sum;
}

/** `workers` callers at once, each of which holds its resource for one microtask, `loansEach` times. */
export async function crowd<Loan>(
  subject: Subject<Loan>,
  workers: number,
  loansEach: number,
): Promise<void> {
  const all = Array.from({ length: workers }, () => worker(subject, loansEach));
  await Promise.all(all);
}

const nothing: Promise<void> = Promise.resolve();

async function worker<Loan>(subject: Subject<Loan>, loans: number): Promise<number> {
  let sum = 0;
  for (let index = 0; index < loans; index++) {
    const loan = await subject.acquire();
    await nothing;
    sum += subject.resourceOf(loan).id;
    subject.release(loan);
  }
  return sum;
}

/** `count` callers get in line; the promise settles when the last of them has had its turn. */
export function queue<Loan>(subject: Subject<Loan>, count: number): Promise<void> {
  return new Promise((allServed, failed) => {
    const turn = { left: count, allServed };
    for (let index = 0; index < count; index++) caller(subject, turn).catch(failed);
  });
}

async function caller<Loan>(
  subject: Subject<Loan>,
  turn: { left: number; readonly allServed: () => void },
): Promise<void> {
  const loan = await subject.acquire();
  if (--turn.left === 0) turn.allServed();
  subject.release(loan);
}

/** `count` callers get in line and are content with a refusal. The promise settles when all have their answer. */
export function resigned<Loan>(subject: Subject<Loan>, count: number): Promise<number> {
  return new Promise((allAnswered) => {
    const turn = { left: count, refused: 0, allAnswered };
    for (let index = 0; index < count; index++) void patientCaller(subject, turn);
  });
}

async function patientCaller<Loan>(
  subject: Subject<Loan>,
  turn: { left: number; refused: number; readonly allAnswered: (refused: number) => void },
): Promise<void> {
  try {
    subject.release(await subject.acquire());
  } catch {
    turn.refused++; // counted by the scenario, which knows how many refusals to expect
  }
  if (--turn.left === 0) turn.allAnswered(turn.refused);
}

async function useByHand<Loan>(
  subject: Subject<Loan>,
  fn: (resource: Resource) => Promise<number>,
): Promise<number> {
  const loan = await subject.acquire();
  try {
    return await fn(subject.resourceOf(loan));
  } finally {
    subject.release(loan);
  }
}

async function readId(resource: Resource): Promise<number> {
  return resource.id;
}

function readIdNow(resource: Resource): number {
  return resource.id;
}
