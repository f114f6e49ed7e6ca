import { systemClock } from '@rockpool/core';
import { type Logger, pipeline, type Sink } from '@rockpool/pipeline';
import {
  type EntryUpdate,
  type TransactionUpdate,
  type YellowstoneFrame,
  yellowstoneRuntime,
  yellowstoneSource,
} from '@rockpool/yellowstone';
import { FILTER, type ReadStream, type Tally, untilFull } from './client.js';

/** The source into a sink that decodes and counts. */
export const readWithSource: ReadStream = (reading) =>
  untilFull(reading, (tally, fail) => {
    const { address, kind } = reading;
    const source = yellowstoneSource({ endpoints: address });
    const controller = new AbortController();
    const context = { wanted: new Set([kind]), receivedAtMs: 0 };
    let mark: bigint | undefined;
    const sink: Sink<YellowstoneFrame> = {
      push(frames) {
        for (const frame of frames) {
          for (const update of source.decode(frame, context)) {
            count(update as EntryUpdate | TransactionUpdate, tally);
          }
        }
      },
      complete(position) {
        mark = position;
      },
      handledUpTo: () => mark,
      report: () => undefined,
    };
    const subscriptions = new Map([[FILTER, { pipeline: FILTER, kind, filters: [] }]]);
    const run = source.run({
      subscriptions,
      sink,
      signal: controller.signal,
      from: undefined,
      clock: systemClock,
      log: SILENT,
    });
    run.catch(fail);
    return async () => {
      controller.abort();
      await run;
      await source.dispose();
    };
  });

/** A whole runtime: input buffer, routing, decoding, a parser, a handler that only counts. */
export const readWithRuntime: ReadStream = (reading) =>
  untilFull(reading, async (tally, fail) => {
    const source = yellowstoneSource({ endpoints: reading.address });
    const builder = yellowstoneRuntime().yellowstone(source).logger(SILENT);
    const handle = (update: EntryUpdate | TransactionUpdate): void => count(update, tally);
    const handlers = [{ name: 'count', handle }];
    if (reading.kind === 'entry') {
      const parser = { id: FILTER, kind: 'entry' as const, parse: (update: EntryUpdate) => update };
      builder.entry(pipeline(parser, handlers));
    } else {
      const parse = (update: TransactionUpdate): TransactionUpdate => update;
      builder.transaction(pipeline({ id: FILTER, kind: 'transaction' as const, parse }, handlers));
    }
    const runtime = await builder.build();
    const run = runtime.run();
    run.catch(fail);
    return async () => {
      await runtime.shutdown();
      await run;
    };
  });

function count(update: EntryUpdate | TransactionUpdate, tally: Tally): void {
  if (update.kind === 'entry') tally.entry(update.hash, update.index);
  else {
    const { meta, transaction } = update.raw;
    tally.transaction(
      meta?.logMessages ?? [],
      transaction?.message?.accountKeys ?? [],
      update.index,
    );
  }
}

const SILENT: Logger = { level: 'silent', log: () => {}, child: () => SILENT };
