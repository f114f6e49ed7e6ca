/**
 * The `rockpool` command, and the cockpit that it serves.
 * @packageDocumentation
 */
export { Cockpit, type CockpitOptions } from './cockpit/cockpit.js';
export type { EventLog, LoggedEvent, LogListener } from './cockpit/event-log.js';
export type { CockpitSnapshot, PoolSnapshot, TimingSummary } from './cockpit/snapshot.js';
export { type ExitCode, exitCodes } from './exit-codes.js';
export type { ServerOptions } from './http/options.js';
export { CockpitServer } from './http/server.js';
export { run } from './run.js';
export type { Terminal } from './terminal.js';
