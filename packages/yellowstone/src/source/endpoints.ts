import type { GeyserClient } from '../connection/client.js';
import type { Endpoint } from '../connection/endpoint.js';

/** Says which endpoint a subscription goes to. */
export interface EndpointChoice {
  choose(): Promise<Endpoint>;
  /** A subscription there failed. */
  failed(endpoint: Endpoint): void;
  /** A better one than `endpoint`, for a subscription that is at `slot`. */
  better?(endpoint: Endpoint, slot: number): Promise<boolean>;
}

/** One endpoint until it fails, then the next. */
export class Failover implements EndpointChoice {
  readonly #endpoints: readonly Endpoint[];
  #at = 0;

  constructor(endpoints: readonly Endpoint[]) {
    this.#endpoints = endpoints;
  }

  async choose(): Promise<Endpoint> {
    return this.#endpoints[this.#at % this.#endpoints.length] as Endpoint;
  }

  failed(endpoint: Endpoint): void {
    const current = this.#endpoints[this.#at % this.#endpoints.length];
    if (endpoint === current) this.#at++;
  }
}

/** How long a slot takes, in ms: what turns a lag of slots into time. */
const SLOT_MS = 400;

/** The endpoint whose slot is highest, less the way to it. */
export class LeastLag implements EndpointChoice {
  readonly #clients: ReadonlyMap<Endpoint, GeyserClient>;
  readonly #maxLagSlots: number;
  readonly #fallback: Failover;

  constructor(clients: ReadonlyMap<Endpoint, GeyserClient>, maxLagSlots: number) {
    this.#clients = clients;
    this.#maxLagSlots = maxLagSlots;
    this.#fallback = new Failover([...clients.keys()]);
  }

  async choose(): Promise<Endpoint> {
    const best = await this.#best();
    return best?.endpoint ?? this.#fallback.choose();
  }

  failed(endpoint: Endpoint): void {
    this.#fallback.failed(endpoint);
  }

  async better(endpoint: Endpoint, slot: number): Promise<boolean> {
    const best = await this.#best();
    return best !== undefined && best.endpoint !== endpoint && best.slot - slot > this.#maxLagSlots;
  }

  /** Undefined when none answers. */
  async #best(): Promise<Standing | undefined> {
    const standings = await Promise.all(
      [...this.#clients].map(([endpoint, client]) => standingOf(endpoint, client)),
    );
    return standings
      .filter((each) => each !== undefined)
      .sort((a, b) => b.slot - b.rttMs / SLOT_MS - (a.slot - a.rttMs / SLOT_MS))[0];
  }
}

interface Standing {
  readonly endpoint: Endpoint;
  readonly slot: number;
  readonly rttMs: number;
}

/** One that does not answer is no candidate; the subscription will say why, should it come to that. */
async function standingOf(endpoint: Endpoint, client: GeyserClient): Promise<Standing | undefined> {
  try {
    const slot = Number(await client.slot());
    return { endpoint, slot, rttMs: await client.roundTripMs() };
  } catch {
    return undefined;
  }
}
