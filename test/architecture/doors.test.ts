import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { importsOf, lineOf, packageSources, type SourceFile } from './support/sources.js';

/** Files that may read a clock or set a timer, and why they do not go through an injected one. */
const TIME_EXCEPTIONS: Readonly<Record<string, string>> = {
  'packages/core/src/time/clock.ts': 'the door itself',
  'packages/core/src/testing/manual-clock.ts':
    'waits for promise callbacks of real time; its own time stands still',
  'packages/events/src/contract/schema.ts':
    'the default of the option `timeOfDay`, which can be replaced',
  'packages/events/src/delivery/handler.ts':
    'lets the event loop have its turn between batches; measures nothing',
  'packages/native-adapter/src/pool/bookkeeper.ts':
    'durations of extractions, for metrics alone: nothing is decided by them',
  'packages/extraction/src/metrics.ts':
    'durations of extractions, for metrics alone: nothing is decided by them',
  'packages/extraction/src/native/native-lease.ts':
    'the duration that a document carries: nothing is decided by it',
  'packages/wasm-adapter/src/epoch/words.ts': 'the clock that all threads of a process share',
  'packages/wasm-adapter/src/instance/instance.ts':
    'puts a guest back when the event loop has nothing else to do; measures nothing',
  'packages/wasm-adapter/src/worker/entry.ts':
    'the thread of a worker: it has a time of its own, and lets its event loop turn between naps',
  'packages/pipeline/src/engine/slice.ts':
    'lets the event loop have its turn between slices of work; measures nothing',
  'packages/pipeline/src/log/time-of-day.ts': 'dates that people read: nothing is decided by them',
  'packages/pipeline/src/system-thread.ts':
    'a thread that says how long it has not heard of the main thread, whose time may stand still',
  'packages/view-runtime/src/indexing/bitcoin-rpc.ts':
    'limits how long a node may take over one answer',
  'packages/view-runtime/src/runtime/engine.ts':
    'what is left of a deadline for the second half of a preview; the guest itself is interrupted in real time',
  'packages/server/src/inputs/fetch.ts': 'the command limits how long an address may take',
  'packages/server/src/inputs/read.ts': 'the command limits how long an address may take',
  'packages/server/src/time-of-day.ts': 'dates that people read: nothing is decided by them',
  'packages/server/src/progress.ts': 'the progress bar is drawn in real time',
  'packages/server/src/views/show-views.ts': 'the times that the demo shows',
  'packages/server/src/work/job.ts': 'the time that the summary of a run shows',
  'packages/server/src/work/page-work.ts': 'the time that the summary of a page shows',
};

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];
const READERS: readonly (readonly [object: string, property: string])[] = [
  ['Date', 'now'],
  ['performance', 'now'],
  ['process', 'hrtime'],
  ['process', 'uptime'],
  ['AbortSignal', 'timeout'],
];

describe('one door to time', () => {
  const sites = packageSources().flatMap(timeIn);

  it('reads no clock and sets no timer outside the files that are named with a reason', () => {
    expect(sites.filter(({ file }) => TIME_EXCEPTIONS[file] === undefined).map(shown)).toEqual([]);
  });

  it('names no exception that is not needed any more', () => {
    const needed = new Set(sites.map(({ file }) => file));
    expect(Object.keys(TIME_EXCEPTIONS).filter((file) => !needed.has(file))).toEqual([]);
  });

  it('finds every way to the time that JavaScript has', () => {
    const ways = [
      'setTimeout(f, 1);',
      'globalThis.setInterval(f, 1);',
      'const { setImmediate: later } = globalThis;',
      'const read = Date.now;',
      'performance.now.bind(performance);',
      'new Date();',
      'Date();',
      'AbortSignal.timeout(1);',
      'process.hrtime.bigint();',
      "import { setTimeout as sleep } from 'node:timers/promises';",
    ];
    expect(ways.filter((way) => timeIn(inMemory(way)).length === 0)).toEqual([]);
    const innocent = [
      'clock.setTimeout(f, 1);',
      'class C { setTimeout() {} }',
      'interface Clock { setTimeout(): void }',
      'new Date(at);',
      'Date.UTC(2020, 1);',
      'const clock = { setTimeout: f, now: g };',
      "type Handle = ReturnType<Clock['setTimeout']>;",
      '// setTimeout in a comment',
    ];
    expect(innocent.filter((way) => timeIn(inMemory(way)).length > 0)).toEqual([]);
  });
});

interface Site {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** Every place of a file where real time comes in. */
function timeIn(source: SourceFile): Site[] {
  const sites: Site[] = [];
  const note = (node: ts.Node): void => {
    const what = node.getText(source.tree).slice(0, 60);
    sites.push({ file: source.path, line: lineOf(source, node), what });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node) && TIMERS.includes(node.text) && isGlobal(node)) note(node);
    else if (ts.isPropertyAccessExpression(node) && isReader(node)) note(node);
    else if (readsDate(node)) note(node);
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  for (const { specifier } of importsOf(source)) {
    if (/^(node:)?timers(\/|$)/.test(specifier)) {
      sites.push({ file: source.path, line: 1, what: `import from ${specifier}` });
    }
  }
  return sites;
}

/** Whether an identifier means the global of that name, and not a member of something else. */
function isGlobal(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === 'globalThis';
  }
  if (ts.isBindingElement(parent)) {
    const declaration = parent.parent.parent;
    return (
      ts.isVariableDeclaration(declaration) && declaration.initializer?.getText() === 'globalThis'
    );
  }
  const names =
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertyAssignment(parent);
  return !(names && parent.name === node);
}

function isReader({ expression, name }: ts.PropertyAccessExpression): boolean {
  return READERS.some(
    ([object, property]) =>
      name.text === property && [object, `globalThis.${object}`].includes(expression.getText()),
  );
}

/** `new Date()` and `Date()` read the clock; `new Date(value)` converts. */
function readsDate(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return false;
  if (node.expression.getText() !== 'Date') return false;
  return ts.isCallExpression(node) || (node.arguments?.length ?? 0) === 0;
}

function inMemory(text: string): SourceFile {
  const tree = ts.createSourceFile('example.ts', text, ts.ScriptTarget.ES2023, true);
  return { path: 'example.ts', text, tree };
}

function shown({ file, line, what }: Site): string {
  return `${file}:${line} ${what}`;
}
