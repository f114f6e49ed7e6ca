import { create, toBinary } from '@bufbuild/protobuf';
import type { Clock, TimerHandle } from '@rockpool/core';
import type { Session } from '../connection/session.js';
import type { SessionLease } from '../connection/session-pool.js';
import { Call } from '../grpc/call.js';
import type { CallMetadata } from '../grpc/headers.js';
import type { CallStatus } from '../grpc/status.js';
import { type SubscribeRequest, SubscribeRequestSchema } from '../wire/request.js';
import type { Intake } from './intake.js';
import { Vigil, type VigilPlan } from './vigil.js';

/** Why a subscription is over. */
export type SubscriptionEnd =
  | { readonly kind: 'ended'; readonly status: CallStatus }
  | { readonly kind: 'stale'; readonly silentMs: number }
  /** The runtime took nothing for so long that the server would cut us; `room` resolves when it takes again. */
  | { readonly kind: 'suspended'; readonly room: Promise<void> }
  /** Another endpoint is better. */
  | { readonly kind: 'left' }
  | { readonly kind: 'cancelled' };

/** What a subscription is made with. */
export interface SubscriptionOptions extends VigilPlan {
  readonly clock: Clock;
  readonly metadata: CallMetadata;
  readonly maxMessageBytes: number;
  /** Blocked for longer, the subscription is closed; in ms. */
  readonly suspendAfterMs: number;
  readonly request: SubscribeRequest;
  readonly fromSlot: bigint | undefined;
  /** The server has taken the request. */
  readonly onOpen: () => void;
}

/** One `Subscribe` call, from its request to its end. Reads only while the runtime takes what comes. */
export class Subscription {
  /** Settles when it is over; never rejects. */
  readonly ended: Promise<SubscriptionEnd>;
  readonly #options: SubscriptionOptions;
  readonly #intake: Intake;
  readonly #lease: SessionLease;
  readonly #session: Session;
  readonly #call: Call;
  readonly #vigil: Vigil;
  readonly #letGo: () => void;
  #finish: (end: SubscriptionEnd) => void = () => {};
  #over = false;
  #pingId = 0;
  #blockedSince: TimerHandle | undefined;

  constructor(lease: SessionLease, intake: Intake, options: SubscriptionOptions) {
    this.#options = options;
    this.#intake = intake;
    this.#lease = lease;
    this.#session = lease.resource;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#letGo = this.#session.hold();
    this.#vigil = new Vigil(options.clock, options, {
      onIdle: () => this.#ask(),
      onStale: (silentMs) => this.#end({ kind: 'stale', silentMs }),
    });
    const { metadata, maxMessageBytes, request, fromSlot } = options;
    this.#call = new Call(
      { ...metadata, session: this.#session, method: 'Subscribe', maxMessageBytes },
      {
        onOpen: options.onOpen,
        onMessage: (message) => intake.message(message),
        onFault: (fault) => intake.fault(fault),
        onBatchEnd: () => this.#flush(),
        onEnd: (status) => this.#end({ kind: 'ended', status }),
      },
    );
    const from = fromSlot === undefined ? request : { ...request, fromSlot };
    this.#call.send(toBinary(SubscribeRequestSchema, from));
  }

  /** When something came last, in ms of the clock. */
  get heardAt(): number {
    return this.#vigil.heardAt;
  }

  /** The server asked whether we are there. */
  answerPing(): void {
    this.#sendPing();
  }

  cancel(): void {
    this.#end({ kind: 'cancelled' });
  }

  leave(): void {
    this.#end({ kind: 'left' });
  }

  #ask(): void {
    this.#sendPing();
    // Its answer is only of interest for the round trip: silence is the vigil's affair.
    this.#session.ping().catch(() => {});
  }

  #sendPing(): void {
    if (this.#over) return;
    const ping = create(SubscribeRequestSchema, { ping: { id: ++this.#pingId } });
    this.#call.send(toBinary(SubscribeRequestSchema, ping));
  }

  #flush(): void {
    this.#vigil.heard();
    const room = this.#intake.flush();
    if (room !== undefined && !this.#over) this.#block(room);
  }

  /** Stops reading: the window fills, and then the server has to wait. */
  #block(room: Promise<void>): void {
    const { clock, suspendAfterMs } = this.#options;
    this.#call.pause();
    this.#vigil.stop();
    this.#unblock();
    const timer = clock.setTimeout(() => this.#end({ kind: 'suspended', room }), suspendAfterMs);
    this.#blockedSince = timer;
    void room.then(() => {
      if (this.#blockedSince !== timer) return;
      this.#unblock();
      this.#vigil.restart();
      this.#call.resume();
    });
  }

  #unblock(): void {
    if (this.#blockedSince !== undefined) this.#options.clock.clearTimeout(this.#blockedSince);
    this.#blockedSince = undefined;
  }

  #end(end: SubscriptionEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#vigil.stop();
    this.#unblock();
    if (end.kind !== 'ended') this.#call.cancel();
    this.#letGo();
    // A connection that fell silent is not worth keeping for others.
    if (end.kind === 'stale') this.#lease.destroy(new Error('nothing came over this connection'));
    else this.#lease.release();
    this.#finish(end);
  }
}
