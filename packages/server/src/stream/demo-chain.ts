import { systemClock, type TimerHandle } from '@rockpool/core';
import { type ChainMessage, generateChain, StandIn } from '@rockpool/yellowstone/testing';

/** How long a slot takes. */
const SLOT_MS = 400;
/** Slots between two cuts, for everybody to see that nothing is lost. */
const CUT_EVERY = 25;
const SLOTS_AT_ONCE = 50;

/** A server in this process whose chain goes on for ever: slots of transfers, and a cut now and then. */
export class DemoChain {
  readonly #server: StandIn;
  readonly #slots = slotsWithoutEnd();
  #timer: TimerHandle | undefined;
  #published = 0;

  private constructor(server: StandIn) {
    this.#server = server;
  }

  /** Starts one, whose chain begins with the first client. */
  static async start(): Promise<DemoChain> {
    const server = await StandIn.listen();
    const chain = new DemoChain(server);
    void server.subscribed().then(() => chain.#next());
    return chain;
  }

  /** What clients connect to. */
  get address(): string {
    return this.#server.address;
  }

  close(): Promise<void> {
    if (this.#timer !== undefined) systemClock.clearTimeout(this.#timer);
    return this.#server.close();
  }

  #next(): void {
    this.#server.publish(this.#slots.next().value);
    this.#published += 1;
    if (this.#published % CUT_EVERY === 0) this.#server.cut();
    this.#timer = systemClock.setTimeout(() => this.#next(), SLOT_MS);
  }
}

/** What happens in each slot, one after the other. */
function* slotsWithoutEnd(): Generator<readonly ChainMessage[], never, void> {
  for (let stretch = 0; ; stretch += 1) {
    const firstSlot = 1_000 + stretch * SLOTS_AT_ONCE;
    let slot: ChainMessage[] = [];
    let highest = firstSlot;
    for (const message of generateChain({ seed: stretch, slots: SLOTS_AT_ONCE, firstSlot })) {
      if (message.slot > highest) {
        if (slot.length > 0) yield slot;
        slot = [];
        highest = message.slot;
      }
      slot.push(message);
    }
    yield slot;
  }
}
