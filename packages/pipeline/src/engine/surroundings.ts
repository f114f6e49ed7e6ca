import type { Agenda, Clock } from '@rockpool/core';
import type { RuntimeEvents } from '../contract/events.js';
import type { Cache, Logger } from '../contract/ports.js';
import type { Emitter } from '../emitter.js';
import type { Progress } from '../state/progress.js';

/** What all pipelines of a runtime share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: () => number;
  readonly events: Emitter<RuntimeEvents>;
  readonly progress: Progress;
  readonly log: Logger;
  readonly cache: Cache | undefined;
}
