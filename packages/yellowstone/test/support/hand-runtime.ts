import { pipeline, Runtime, type Sink, type Source, type Update } from '@rockpool/pipeline';

interface Line extends Update {
  readonly kind: 'line';
  readonly value: unknown;
}
interface Kinds {
  readonly line: Line;
}
interface LineFrame {
  readonly kind: 'line';
  readonly bytes: Uint8Array;
  readonly value: unknown;
}

/** A runtime whose values the test gives: the pipelines `lines` and `other` hand on what they get. */
export async function handRuntime() {
  let begin: (sink: Sink) => void = () => {};
  let end: () => void = () => {};
  const begun = new Promise<Sink>((resolve) => {
    begin = resolve;
  });
  const source: Source<Kinds, LineFrame> = {
    name: 'hand',
    run: ({ sink, signal }) => {
      begin(sink as Sink);
      return new Promise((resolve) => {
        end = () => resolve({ type: 'completed' });
        signal.addEventListener('abort', () => resolve({ type: 'cancelled' }));
      });
    },
    decode: ({ value }, { receivedAtMs }) => [{ kind: 'line', value, sizeBytes: 1, receivedAtMs }],
  };
  const parser = (id: string) => ({ id, kind: 'line' as const, parse: ({ value }: Line) => value });
  const runtime = await Runtime.builder<Kinds>()
    .source(source as never)
    .pipeline(pipeline(parser('lines'), []))
    .pipeline(pipeline(parser('other'), []))
    .build({ log: { level: 'silent', log: () => {}, child: (): never => undefined as never } });
  const ran = runtime.run();
  const sink = await begun;
  return {
    runtime,
    ran,
    end: () => end(),
    give: (...values: readonly unknown[]) =>
      sink.push(
        values.map((value) => ({ kind: 'line', bytes: new Uint8Array(1), value })) as never,
      ),
  };
}
