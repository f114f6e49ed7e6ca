/**
 * Builds the guests of the tests and the extractor component from their sources in `guests`, into `guests/built`.
 * A guest whose sources and tools have not changed is left alone.
 *
 *     npm run guests               builds what is missing or old, and prints the hashes of the results
 *     npm run guests -- --record   also writes them to guests/hashes.json
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

type GuestName = 'counter.wasm' | 'extractor.wasm' | 'troubled.wasm';

interface GuestRecipe {
  readonly sources: readonly string[];
  readonly tool: string;
  readonly build: (paths: readonly string[]) => Promise<Uint8Array>;
}

const folder = fileURLToPath(new URL('../../guests', import.meta.url));
const built = join(folder, 'built');
const require = createRequire(import.meta.url);

const recipes: Readonly<Record<GuestName, GuestRecipe>> = {
  'counter.wasm': { sources: ['counter.ts'], tool: 'assemblyscript', build: buildAssembly },
  'extractor.wasm': {
    sources: ['extractor/extractor.wit', 'extractor/extractor.js'],
    tool: 'componentize-qjs',
    build: buildComponent,
  },
  'troubled.wasm': {
    sources: ['extractor/extractor.wit', 'extractor/extractor.js', 'extractor/troubled.js'],
    tool: 'componentize-qjs',
    build: buildComponent,
  },
};

/** Builds one guest if it has to be and gives the path of the result. */
export async function buildGuest(name: GuestName): Promise<string> {
  const { sources, tool, build } = recipes[name];
  const paths = sources.map((source) => join(folder, source));
  const texts = paths.map((path) => readFileSync(path, 'utf8'));
  const key = sha256([versionOf(tool), ...texts].join('\n'));
  const target = join(built, name);
  const stamp = `${target}.key`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return target;
  const bytes = await build(paths);
  mkdirSync(built, { recursive: true });
  writeWhole(target, bytes);
  writeWhole(stamp, key);
  return target;
}

/**
 * Names and hashes of the guests. The component tool freezes a running interpreter, random seeds included, into the
 * component's data, so only the code of its modules is the same in every build: that is what is hashed.
 */
export async function hashes(): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const name of Object.keys(recipes) as GuestName[]) {
    const bytes = readFileSync(await buildGuest(name));
    entries.push([name, sha256(recipes[name].build === buildComponent ? codeOf(bytes) : bytes)]);
  }
  return Object.fromEntries(entries);
}

async function buildAssembly([path = '']: readonly string[]): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc');
  let result: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [path, '--outFile', 'out.wasm', '--optimize', '--runtime', 'minimal', '--use', 'abort='],
    {
      readFile: (name: string, base: string) => {
        const found = [join(base, name), name].find((each) => existsSync(each));
        return found === undefined ? null : readFileSync(found, 'utf8');
      },
      writeFile: (name: string, contents: string | Uint8Array) => {
        if (typeof contents !== 'string' && name.endsWith('.wasm')) result = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || result === undefined) {
    throw new Error(`${path}: ${error?.message ?? 'nothing was written'}\n${stderr.toString()}`);
  }
  return result;
}

interface Componentizer {
  componentize(options: object): Promise<{ readonly component: Uint8Array }>;
}

async function buildComponent([wit, ...scripts]: readonly string[]): Promise<Uint8Array> {
  const { componentize } = require('componentize-qjs') as Componentizer;
  const { component } = await componentize({
    witPath: wit,
    jsSource: scripts.map((script) => readFileSync(script, 'utf8')).join('\n'),
    world: 'extractor',
    // Synchronous and without WASI: the guest computes, it neither waits nor touches a system.
    sync: true,
    stubWasi: true,
  });
  return component;
}

const coreModule = 1;
const nestedComponent = 4;
const codeSection = 10;

/** The code sections of all core modules in a component, in order. */
function codeOf(component: Uint8Array): Uint8Array {
  const found: Uint8Array[] = [];
  const enter = (start: number, end: number): void =>
    walk(component, start + 8, end, (id, from, to) => {
      if (id === nestedComponent) enter(from, to);
      if (id !== coreModule) return;
      walk(component, from + 8, to, (inner, first, last) => {
        if (inner === codeSection) found.push(component.subarray(first, last));
      });
    });
  enter(0, component.length);
  if (found.length === 0) throw new Error('the component has no code');
  return Buffer.concat(found);
}

/** Visits the sections of a module or component, each with its id and the range of its content. */
function walk(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (id: number, from: number, to: number) => void,
): void {
  for (let at = start; at < end; ) {
    const id = bytes[at] as number;
    let length = 0;
    let shift = 0;
    do {
      at += 1;
      length += ((bytes[at] as number) & 0x7f) * 2 ** shift;
      shift += 7;
    } while ((bytes[at] as number) >= 0x80);
    visit(id, at + 1, at + 1 + length);
    at += 1 + length;
  }
}

function versionOf(tool: string): string {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = join(at, 'node_modules', tool, 'package.json');
    if (existsSync(manifest)) {
      return `${tool} ${(JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version}`;
    }
    if (at === dirname(at)) throw new Error(`${tool} is not installed`);
  }
}

/** Test files build at the same time; none may see half a file of another. */
function writeWhole(target: string, content: string | Uint8Array): void {
  const unfinished = `${target}.${process.pid}-${threadId}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, target);
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await hashes();
  if (process.argv.includes('--record')) {
    writeFileSync(join(folder, 'hashes.json'), `${JSON.stringify(result, null, 2)}\n`);
  }
  console.log(result);
}
