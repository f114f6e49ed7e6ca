import { describe, expect, it } from 'vitest';
import { openSubject, SUBJECT_NAMES, type Subject } from '../src/subjects/index.js';

const measuredByLoans = SUBJECT_NAMES.filter((name) => name !== 'effect');
const canDestroy = measuredByLoans.filter((name) => name !== 'tarn' && name !== 'async-sema');

describe.each(measuredByLoans)('%s as it is measured', (name) => {
  it('lends the resource that was warmed up, and lends it again', async () => {
    const subject = await openSubject(name, { max: 1, warm: 1 });
    const first = await subject.acquire();
    const { id } = subject.resourceOf(first);
    await subject.release(first);
    const second = await subject.acquire();
    expect(subject.resourceOf(second).id).toBe(id);
    await subject.release(second);
    await subject.close();
  });

  it('hands a resource from one waiter to the next, in the order of their coming', async () => {
    const subject = await openSubject(name, { max: 1, warm: 1 });
    const order: number[] = [];
    const held = await subject.acquire();
    const callers = [1, 2, 3].map((number) => takeTurn(subject, number, order));
    expect(order).toEqual([]);
    await subject.release(held);
    await Promise.all(callers);
    expect(order).toEqual([1, 2, 3]);
    await subject.close();
  });
});

describe.each(canDestroy)('%s as it is measured', (name) => {
  it('makes another resource for one that was destroyed', async () => {
    const subject = await openSubject(name, { max: 1, warm: 1 });
    const loan = await subject.acquire();
    const { id } = subject.resourceOf(loan);
    await subject.destroy?.(loan);
    const next = await subject.acquire();
    expect(subject.resourceOf(next).id).not.toBe(id);
    await subject.release(next);
    await subject.close();
  });
});

it('measures loops of its own for effect, which lends nothing outside a fiber', async () => {
  const subject = await openSubject('effect', { max: 2, warm: 1 });
  await expect(subject.cycle?.(10)).resolves.toBeUndefined();
  await expect(subject.crowd?.(4, 2)).resolves.toBeUndefined();
  await subject.close();
});

async function takeTurn(subject: Subject, number: number, order: number[]): Promise<void> {
  const loan = await subject.acquire();
  order.push(number);
  await subject.release(loan);
}
