import { framed } from '../grpc/framing.js';
import type { ChainMessage } from './chain-message.js';
import { randomBytes, randomOf } from './random.js';
import type { StandIn } from './stand-in.js';

/** Something that goes wrong before the message at `at`. */
export type Fault = { readonly at: number } & (
  | /** All subscriptions end; `gap` messages pass until the first client may be back. */
  {
      readonly kind: 'cut';
      readonly gap: number;
      readonly how: 'status' | 'lagged' | 'socket' | 'end';
    }
  /** Bytes that are no update, in a frame of their own. */
  | { readonly kind: 'garbage'; readonly bytes: Uint8Array }
  /** Nothing comes any more until a client has subscribed anew. */
  | { readonly kind: 'stale'; readonly gap: number }
  /** The next messages go out one by one. */
  | { readonly kind: 'slow'; readonly messages: number }
);

/** How many faults of each kind a plan has. */
export interface FaultCounts {
  readonly cuts?: number | undefined;
  /** Messages that pass during each cut. Default 0. */
  readonly gap?: number | undefined;
  readonly garbage?: number | undefined;
  readonly slow?: number | undefined;
}

const HOW = ['status', 'lagged', 'socket', 'end'] as const;

/** Faults at places that depend on the seed alone. Cuts are never so near that they fall into one another's gap. */
export function faultPlan(seed: number, messages: number, counts: FaultCounts): readonly Fault[] {
  const { cuts = 0, gap = 0, garbage = 0, slow = 0 } = counts;
  const random = randomOf(seed);
  const plan: Fault[] = [];
  const stretch = Math.floor(messages / (cuts + 1));
  for (let cut = 1; cut <= cuts; cut++) {
    const spread = Math.max(0, stretch - gap);
    const at = cut * stretch - Math.floor(random() * spread * 0.8) - 1;
    const how = HOW[Math.floor(random() * HOW.length)] as (typeof HOW)[number];
    plan.push({ kind: 'cut', at: Math.max(1, at), gap, how });
  }
  for (let each = 0; each < garbage; each++) {
    const at = 1 + Math.floor(random() * (messages - 1));
    const bytes = randomBytes(random, 1 + Math.floor(random() * 60));
    // No field has this wire type, so it is garbage whatever follows.
    bytes[0] = 0x0f;
    plan.push({ kind: 'garbage', at, bytes });
  }
  for (let each = 0; each < slow; each++) {
    plan.push({ kind: 'slow', at: Math.floor(random() * messages), messages: 20 });
  }
  return plan.sort((a, b) => a.at - b.at);
}

/**
 * Publishes messages through a stand-in, with faults in between. Waits for the clients to be back after each cut;
 * resolves when everything has been handed to the sockets.
 */
export async function runFaults(
  server: StandIn,
  messages: readonly ChainMessage[],
  faults: readonly Fault[],
): Promise<void> {
  let at = 0;
  for (const fault of faults) {
    if (fault.at > at) server.publish(messages.slice(at, fault.at));
    at = Math.max(at, fault.at);
    if (fault.kind !== 'slow') await server.drained();
    const passed = await strike(server, fault, messages, at);
    at += passed;
  }
  server.publish(messages.slice(at));
  await server.drained();
}

/** How many messages passed meanwhile. */
async function strike(
  server: StandIn,
  fault: Fault,
  messages: readonly ChainMessage[],
  at: number,
): Promise<number> {
  switch (fault.kind) {
    case 'cut': {
      const back = server.subscribed();
      cut(server, fault.how);
      server.publish(messages.slice(at, at + fault.gap));
      await back;
      return fault.gap;
    }
    case 'stale': {
      const back = server.subscribed();
      server.freeze(true);
      server.publish(messages.slice(at, at + fault.gap));
      await back;
      return fault.gap;
    }
    case 'garbage':
      server.garbage(framed(fault.bytes));
      return 0;
    case 'slow':
      for (const message of messages.slice(at, at + fault.messages)) {
        server.publish([message]);
        await server.drained();
      }
      return Math.min(fault.messages, messages.length - at);
  }
}

function cut(server: StandIn, how: 'status' | 'lagged' | 'socket' | 'end'): void {
  switch (how) {
    case 'status':
      server.cut();
      return;
    case 'lagged':
      server.cut({ status: 'INTERNAL', message: 'lagged to receive geyser messages' });
      return;
    case 'end':
      server.cut({ status: 'OK', message: '' });
      return;
    case 'socket':
      server.disconnect();
  }
}
