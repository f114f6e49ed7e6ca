import { readFile } from 'node:fs/promises';
import { reasonOf, systemClock } from '@rockpool/core';
import { type Configuration, type Logger, Runtime, RuntimeError } from '@rockpool/pipeline';
import { type YellowstoneKinds, yellowstoneSource } from '@rockpool/yellowstone';
import { Closing } from '../closing.js';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { listen } from '../http/listen.js';
import { Interruption } from '../interruption.js';
import { Output } from '../report/output.js';
import { printable } from '../report/printable.js';
import { StatusLine } from '../status-line.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { streamApp } from './app.js';
import { Capture } from './capture.js';
import { DemoChain } from './demo-chain.js';
import { streamLog } from './log.js';
import { pipelinesFor } from './pipelines.js';
import type { Origin, StreamPlan } from './plan.js';
import { sourceOptions } from './source-options.js';
import { figuresOf, progressOf, summaryOf } from './summary.js';
import { listenInThread } from './system-thread.js';
import { Watch } from './watch.js';

const HOST = '127.0.0.1';

/** How often the line of a terminal is drawn. */
const DRAW_MS = 250;

/** What is done with what was received, beside printing it. */
export interface StreamKeeping {
  /** A file for the messages as they came. */
  readonly capture?: string | undefined;
  readonly quiet: boolean;
}

/**
 * Streams until the source ends or the user does; what was received by then is printed.
 * @throws UsageError when a file cannot be opened, or the port not be listened on
 */
export async function runStream(
  plan: StreamPlan,
  { capture: file, quiet }: StreamKeeping,
  terminal: Terminal,
): Promise<ExitCode> {
  await using closing = new Closing();
  const { stdout, stderr } = terminal;
  const status =
    stderr.isTTY && terminal.env['TERM'] !== 'dumb' ? new StatusLine(stderr) : undefined;
  const aside = <R>(print: () => R): R => status?.aside(print) ?? print();
  const log = streamLog(logOptions(plan.configuration, stderr), (line) =>
    aside(() => void stderr.write(line)),
  );
  using interruption = new Interruption(terminal, {
    onStop: (reason) => log.log('info', 'stopping: what was received is printed', { reason }),
    beforeExit: () => status?.clear(),
  });
  const stopPrinting = (): void => interruption.stop('reader-gone');
  const output = new Output(stdout, stopPrinting);
  const capture = file === undefined ? undefined : await Capture.to(file, stopPrinting);
  if (capture !== undefined) closing.defer(() => capture.close());
  const print = (lines: string): Promise<void> => aside(() => output.write(lines));

  const builder = Runtime.builder<YellowstoneKinds>()
    .logger(log)
    .source(await sourceFrom(plan, capture, closing));
  for (const each of pipelinesFor(plan.wishes, print)) builder.pipeline(each);
  const runtime = await builder.build(plan.configuration);
  const watch = new Watch(runtime, log);
  await serve(plan.configuration, runtime, watch, { log, closing });
  const endProgress = status && follow(status, () => progressOf(runtime.stats(), watch));
  const failure = await outcomeOf(runtime.run({ signal: interruption.signal }));
  endProgress?.();
  await output.flush();
  await capture?.flush();

  const wrong = failure ?? output.failure ?? capture?.failure;
  log.log(wrong === undefined ? 'info' : 'error', 'ended', figuresOf(runtime.stats(), watch));
  if (status !== undefined && !quiet) stderr.write(summaryOf(runtime.stats(), watch));
  if (wrong !== undefined) {
    stderr.write(`rockpool: ${printable(wrong.message)}\n`);
    return exitCodes.failed;
  }
  return interruption.exitCode ?? exitCodes.ok;
}

/** A person at a terminal reads lines, unless somebody asked for something else. */
function logOptions(
  { config, inForce }: Configuration,
  { isTTY }: Terminal['stderr'],
): Configuration['config']['runtime'] {
  const chosen = inForce.find(({ name }) => name === 'runtime.logFormat');
  const isDefault = chosen?.source === 'default';
  return isTTY && isDefault ? { ...config.runtime, logFormat: 'pretty' } : config.runtime;
}

/** @throws UsageError when a capture cannot be read */
async function sourceFrom(
  { origin, configuration }: StreamPlan,
  capture: Capture | undefined,
  closing: Closing,
) {
  if (origin.kind === 'capture') return capturedFrom(origin.file);
  const endpoint = await endpointOf(origin, closing);
  const source = yellowstoneSource(sourceOptions(configuration.config, endpoint));
  return capture?.of(source) ?? source;
}

async function capturedFrom(file: string) {
  const { capturedSource } = await import('@rockpool/yellowstone/testing');
  try {
    return capturedSource(await readFile(file), file);
  } catch (error) {
    throw new UsageError(`--replay ${file}: cannot be read: ${reasonOf(error)}`);
  }
}

async function endpointOf(
  origin: Exclude<Origin, { readonly kind: 'capture' }>,
  closing: Closing,
): Promise<string> {
  if (origin.kind === 'server') return origin.endpoint;
  const chain = await DemoChain.start();
  closing.defer(() => chain.close());
  return chain.address;
}

async function serve(
  { config }: Configuration,
  runtime: Runtime,
  watch: Watch,
  { log, closing }: { readonly log: Logger; readonly closing: Closing },
): Promise<void> {
  const { port, enabled } = config.metrics;
  if (port === undefined) return;
  const app = streamApp({ host: HOST, runtime, metrics: enabled, phase: () => watch.phase });
  const at = { host: HOST, port };
  try {
    const server =
      config.runtime.systemThreads === 0
        ? await listen(app.fetch, at)
        : await listenInThread(app, at, (error) => {
            log.log('error', 'the system thread', { error });
          });
    closing.defer(() => server.close());
    log.log('info', 'serving health and metrics', { url: server.url });
  } catch (error) {
    await runtime.shutdown();
    throw new UsageError(`cannot serve on ${HOST}:${port}: ${reasonOf(error)}`);
  }
}

/** Draws the line again and again; the returned function ends it. */
function follow(status: StatusLine, text: () => string): () => void {
  const draw = (): void => {
    status.draw(text());
    timer = systemClock.setTimeout(draw, DRAW_MS);
  };
  let timer = systemClock.setTimeout(draw, DRAW_MS);
  return () => {
    systemClock.clearTimeout(timer);
    status.clear();
  };
}

/** What a user can do something about, rather than a bug of ours. */
async function outcomeOf(running: Promise<unknown>): Promise<Error | undefined> {
  try {
    await running;
    return undefined;
  } catch (error) {
    if (!RuntimeError.is(error)) throw error;
    return error;
  }
}
