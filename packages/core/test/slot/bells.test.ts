import { expect, it } from 'vitest';
import { Bells } from '../../src/slot/bells.js';
import { Waiter } from '../../src/slot/waiter.js';

const newWaiter = () => new Waiter<object>({ expire: () => {} }, undefined);

/** A signal that counts its listeners. */
function listenedTo() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((type: 'abort', listener: () => void) => {
    listeners.add(listener);
    add(type, listener);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((type: 'abort', listener: () => void) => {
    listeners.delete(listener);
    remove(type, listener);
  }) as typeof signal.removeEventListener;
  return { controller, signal, listeners };
}

it('one listener stands for all who wait on a signal, and goes with the last of them', () => {
  const { signal, listeners } = listenedTo();
  const bells = new Bells<object>(() => {});
  const waiters = [newWaiter(), newWaiter(), newWaiter()] as const;
  for (const waiter of waiters) bells.add(signal, waiter);
  expect(listeners.size).toBe(1);
  bells.remove(signal, waiters[0]);
  bells.remove(signal, waiters[0]);
  bells.remove(signal, waiters[1]);
  expect(listeners.size).toBe(1);
  bells.remove(signal, waiters[2]);
  expect(listeners.size).toBe(0);
});

it('an abort reaches all who wait, once, with its reason', () => {
  const { controller, signal } = listenedTo();
  const told: unknown[] = [];
  const bells = new Bells<object>((waiters, reason) => void told.push([...waiters], reason));
  const [first, second] = [newWaiter(), newWaiter()];
  bells.add(signal, first);
  bells.add(signal, second);
  controller.abort('enough');
  expect(told).toEqual([[first, second], 'enough']);
  signal.dispatchEvent(new Event('abort'));
  expect(told.slice(2)).toEqual([[], 'enough']);
});

it('who never waited on a signal can leave it', () => {
  const bells = new Bells<object>(() => {});
  expect(() => bells.remove(new AbortController().signal, newWaiter())).not.toThrow();
});
