import { once } from 'node:events';
import type { TimerHandle } from '@rockpool/core';
import { configure } from '@rockpool/extraction';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { CockpitServer } from '../http/server.js';
import type { Paint } from '../paint.js';
import { showDuration } from '../quantities.js';
import type { Terminal } from '../terminal.js';
import { type Answer, askExtract, askHealth, askMetrics } from './ask.js';
import type { DemoPage } from './demo-load.js';
import { demoPages, openDemonstration } from './demonstration.js';
import { BRIEF } from './script.js';
import { SIGHTS, Sights } from './sights.js';

/** The show ends then, although not all was seen; on a machine that is so slow it says what was not. */
const AT_MOST_MS = 9_000;

/** How the show goes. */
export interface ShowOptions {
  /** Ends it early, in order. */
  readonly signal: AbortSignal;
  /** Whether the server stays until `signal`, or ends when all was seen. */
  readonly until: 'seen' | 'aborted';
}

/**
 * Serves the demonstration on a free port of this machine, says what happens as it happens, and asks the endpoints what
 * an operator would ask. It failed only if an endpoint did not answer as it should.
 */
export async function showCockpit(
  { stdout }: Pick<Terminal, 'stdout'>,
  paint: Paint,
  { signal, until }: ShowOptions,
): Promise<ExitCode> {
  if (signal.aborted) return exitCodes.ok;
  const configuration = configure({
    argument: { breaker: { openMs: 800 }, health: { intervalMs: 500 } },
  });
  const say = (line: string): void => void stdout.write(`  ${line}\n`);
  const { cockpit, stop } = await openDemonstration({ configuration, script: BRIEF });
  const answers: Answer[] = [];
  const ask = async (asked: Promise<Answer>): Promise<void> => {
    const answer = await asked;
    answers.push(answer);
    say(answer.ok ? answer.line : paint.bad(answer.line));
  };
  const stopped = (): boolean => signal.aborted;
  const sights = new Sights(cockpit, paint, say);
  let lateness: TimerHandle | undefined;
  try {
    await using server = await CockpitServer.start(cockpit, { port: 0, shutdownTimeoutMs: 2_000 });
    const { url } = server;
    stdout.write(`\n${paint.bold('The cockpit')}\n`);
    say(
      `${url}/ with a load of its own, ${until === 'seen' ? 'for some seconds' : 'until Ctrl-C'}`,
    );
    const [page] = (await demoPages()) as [DemoPage];
    const late = new AbortController();
    lateness = cockpit.clock.setTimeout(() => late.abort(), AT_MOST_MS);
    const enough = AbortSignal.any([signal, late.signal]);
    await ask(askExtract(url, page));
    await sights.until(['a trip'], enough);
    if (stopped()) return exitCodes.ok;
    await ask(askExtract(url, page));
    await ask(askHealth(url));
    await sights.until(SIGHTS, enough);
    if (stopped()) return exitCodes.ok;
    await ask(askHealth(url));
    await ask(askMetrics(url));
    const { missing } = sights;
    if (missing.length > 0) {
      say(paint.bad(`not seen within ${showDuration(AT_MOST_MS)}: ${missing.join(', ')}`));
    }
    if (until === 'aborted') {
      say(`${url}/ stays until Ctrl-C`);
      if (!stopped()) await once(signal, 'abort');
    }
    return answers.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed;
  } finally {
    if (lateness !== undefined) cockpit.clock.clearTimeout(lateness);
    sights.close();
    await stop();
  }
}
