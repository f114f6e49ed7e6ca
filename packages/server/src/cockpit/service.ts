import type { Cockpit } from './cockpit.js';

/** What is served, and how it ends. */
export interface Service {
  readonly cockpit: Cockpit;
  readonly stop: () => Promise<void>;
}
