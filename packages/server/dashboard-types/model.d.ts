/** What the page works with. What comes from the server has the server's own types, so the two cannot drift apart. */
import type { CockpitSnapshot, PoolSnapshot } from '../src/cockpit/snapshot.js';

export type { CockpitSnapshot, PoolSnapshot };
export type ExtractionSnapshot = CockpitSnapshot['extraction'];

/** Does something to a pool or the breaker: the path of the action, and what it is told. */
export type Act = (path: string, body?: object) => Promise<void>;

/** An event as it arrives: what every one has, what the timeline looks at, and whatever else it carries. */
export interface PageEvent {
  readonly eventType: string;
  readonly timestamp: string;
  readonly severity: string;
  readonly instanceId?: string;
  readonly poolId?: string;
  readonly message?: unknown;
  readonly [detail: string]: unknown;
}

export interface LoggedEvent {
  readonly id: string;
  readonly event: PageEvent;
}

/** Times in ms since 1970; `to` is missing for what lasts. */
export interface Span {
  readonly from: number;
  to: number | undefined;
}

/** The life of a resource, and its loans. */
export interface Life extends Span {
  readonly pool: string | undefined;
  leases: Span[];
}

export interface State {
  connection: 'connecting' | 'live' | 'reconnecting' | 'closed';
  snapshot: CockpitSnapshot | undefined;
  /** Figures by name, each as long as `times`; `null` where there was none. */
  readonly series: Map<string, (number | null)[]>;
  /** In seconds since 1970. */
  readonly times: number[];
  readonly log: LoggedEvent[];
  readonly lives: Map<string, Life>;
  lagged: number;
}

/** One line of a chart. */
export interface Line {
  readonly label: string;
  readonly values: (number | null)[];
}
