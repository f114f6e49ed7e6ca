import type { Agenda, Clock } from '@rockpool/core';
import type { ResolvedShutdownOptions, ShutdownStrategy } from '../contract/options.js';
import type { ShutdownReport } from '../contract/shutdown.js';
import type { Input } from './input.js';
import type { Members } from './members.js';
import type { PipelineRun } from './pipeline-run.js';
import type { Router } from './router.js';
import { atMost, GRACE_MS, until, type Within } from './within.js';

/** What is to be ended. */
export interface EndingParts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly input: Input;
  readonly router: Router;
  readonly pipelines: readonly PipelineRun[];
  readonly members: Members;
  /** Resolves when the source has returned. */
  readonly sourceEnded: () => Promise<unknown>;
  /** Stops extensions; resolves with what they threw. */
  readonly stopExtensions: (within: Within) => Promise<unknown[]>;
}

const RANK: readonly ShutdownStrategy[] = ['process-pending', 'finish-in-flight', 'immediate'];

/** The end of a runtime: once begun it can only be hastened. */
export class Ending {
  readonly report: Promise<ShutdownReport>;
  readonly #parts: EndingParts;
  readonly #startedAt: number;
  readonly #processedBefore: number;
  #strategy: ShutdownStrategy;
  #giveUp: () => void = () => undefined;
  readonly #givenUp: Promise<void>;
  #over = false;

  constructor({ strategy, timeoutMs }: ResolvedShutdownOptions, parts: EndingParts) {
    this.#parts = parts;
    this.#strategy = strategy;
    this.#startedAt = parts.clock.now();
    this.#processedBefore = this.#sum('processed');
    this.#givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
    this.report = this.#end(timeoutMs);
  }

  /** Ends with less patience; a strategy that waits for more than the present one changes nothing. */
  hasten({ strategy, timeoutMs }: ResolvedShutdownOptions): void {
    if (RANK.indexOf(strategy) < RANK.indexOf(this.#strategy)) return;
    const before = this.#strategy;
    this.#strategy = strategy;
    if (strategy === 'immediate') this.#giveUp();
    if (this.#over) return;
    if (strategy !== 'immediate') this.#giveUpAfter(timeoutMs);
    if (strategy === 'finish-in-flight' && before === 'process-pending') this.#finishInFlight();
  }

  async #end(timeoutMs: number): Promise<ShutdownReport> {
    const { agenda, clock, input, members, pipelines, router, sourceEnded } = this.#parts;
    input.close();
    if (this.#strategy === 'immediate') this.#giveUp();
    else {
      this.#giveUpAfter(timeoutMs);
      await Promise.race([this.#wait(), this.#givenUp]);
    }
    router.stop();
    input.discard();
    for (const each of pipelines) each.end();
    // The source has been told to stop; one that does not hear must not keep the rest from ending.
    await atMost(GRACE_MS, sourceEnded(), agenda);
    this.#over = true;
    for (const each of pipelines) each.broadcast.end();
    const inTime = until(this.#givenUp, agenda);
    const errors = await this.#parts.stopExtensions(inTime);
    errors.push(...(await members.dispose(inTime)));
    agenda.clear();
    return {
      strategy: this.#strategy,
      processed: this.#sum('processed') - this.#processedBefore,
      discarded: input.discarded + this.#sum('discarded'),
      abandoned: this.#sum('abandoned'),
      durationMs: clock.now() - this.#startedAt,
      errors,
    };
  }

  /** What the strategy waits for. */
  async #wait(): Promise<void> {
    const { pipelines, router } = this.#parts;
    if (this.#strategy === 'finish-in-flight') {
      this.#finishInFlight();
    } else {
      for (const each of pipelines) each.close('process-pending');
      router.turn();
      await router.emptied();
      for (const each of pipelines) each.endInput();
    }
    await Promise.all(pipelines.map((each) => each.emptied()));
    // A handler that hastened the end may have changed what emptied means.
    await Promise.all(pipelines.map((each) => each.emptied()));
  }

  #finishInFlight(): void {
    const { input, pipelines, router } = this.#parts;
    router.stop();
    input.discard();
    for (const each of pipelines) each.close('finish-in-flight');
  }

  #giveUpAfter(ms: number): void {
    this.#parts.agenda.after(ms, () => this.#giveUp(), 'holds-process');
  }

  #sum(count: 'processed' | 'discarded' | 'abandoned'): number {
    return this.#parts.pipelines.reduce((sum, { tally }) => sum + tally[count], 0);
  }
}
