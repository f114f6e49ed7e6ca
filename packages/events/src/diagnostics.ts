import { channel } from 'node:diagnostics_channel';
import type { EventBus } from './bus.js';
import type { EventFilter } from './contract/options.js';
import type { EventFor, EventPattern } from './contract/patterns.js';
import type { Unsubscribe } from './unsubscribe.js';

/** What of a bus goes to a diagnostics channel. */
export interface TapOptions<Pattern extends EventPattern> extends EventFilter<EventFor<Pattern>> {
  /** Default `'rockpool:events'`. */
  readonly channel?: string | undefined;
  /** Names and patterns. Default everything. */
  readonly types?: readonly Pattern[] | undefined;
}

/**
 * Passes events on to a channel of `node:diagnostics_channel`, where monitoring tools listen. While it is on, the bus
 * counts it as a listener: choose `types` and `minSeverity` so that hot events are not made for nobody.
 */
export function tapDiagnostics<Pattern extends EventPattern = '*'>(
  bus: EventBus,
  options: TapOptions<Pattern> = {},
): Unsubscribe {
  const { channel: name = DIAGNOSTICS_CHANNEL, types = ['*' as Pattern], ...filter } = options;
  const target = channel(name);
  return bus.on(types, (event) => target.publish(event), filter);
}

/** The channel that is used when none is named. */
export const DIAGNOSTICS_CHANNEL = 'rockpool:events';
