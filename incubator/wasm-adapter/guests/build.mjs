/**
 * Builds the guests of the tests and the extractor component from the sources beside this file, into `guests/built`.
 * A guest whose sources and tools have not changed is left alone. Prints what it built.
 *
 *     node guests/build.mjs            builds what is missing or old
 *     node guests/build.mjs --record   also writes the hashes of the results to guests/hashes.json
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, 'built');
const require = createRequire(import.meta.url);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const guests = {
  'counter.wasm': { sources: ['counter.ts'], tool: 'assemblyscript', build: buildAssembly },
  'extractor.wasm': {
    sources: ['extractor/extractor.wit', 'extractor/extractor.js'],
    tool: 'componentize-qjs',
    build: buildComponent,
  },
};

/** Builds one guest if it has to be and gives the path of the result. */
export async function buildGuest(name) {
  const { sources, tool, build } = guests[name];
  const paths = sources.map((source) => join(here, source));
  const key = sha256(
    `${versionOf(tool)}\n${paths.map((path) => readFileSync(path, 'utf8')).join('\n')}`,
  );
  const target = join(built, name);
  const stamp = `${target}.key`;
  if (read(stamp) === key) return target;
  mkdirSync(built, { recursive: true });
  const bytes = await build(paths);
  writeFileSync(target, bytes);
  writeFileSync(stamp, key);
  return target;
}

/**
 * Names and hashes of the guests. The component tool freezes a running interpreter, random seeds included, into the
 * component's data, so only the code of its modules is the same in every build: that is what is hashed.
 */
export async function hashes() {
  const entries = [];
  for (const name of Object.keys(guests)) {
    const bytes = readFileSync(await buildGuest(name));
    entries.push([name, sha256(name === 'extractor.wasm' ? codeOf(bytes) : bytes)]);
  }
  return Object.fromEntries(entries);
}

const coreModule = 1;
const nestedComponent = 4;
const codeSection = 10;

/** The code sections of all core modules in a component, in order. */
function codeOf(component) {
  const found = [];
  const enter = (start, end) =>
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

function walk(bytes, start, end, visit) {
  for (let at = start; at < end; ) {
    const id = bytes[at];
    let length = 0;
    let shift = 0;
    do {
      at += 1;
      length += (bytes[at] & 0x7f) * 2 ** shift;
      shift += 7;
    } while (bytes[at] >= 0x80);
    visit(id, at + 1, at + 1 + length);
    at += 1 + length;
  }
}

async function buildAssembly([path]) {
  const { default: asc } = await import('assemblyscript/asc');
  let result;
  const { error, stderr } = await asc.main(
    [path, '--outFile', 'out.wasm', '--optimize', '--runtime', 'minimal', '--use', 'abort='],
    {
      readFile: (name, base) => read(join(base, name)) ?? read(name) ?? null,
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) result = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${path}: ${error.message}\n${stderr.toString()}`);
  return result;
}

async function buildComponent([wit, js]) {
  const { componentize } = require('componentize-qjs');
  const { component } = await componentize({
    witPath: wit,
    jsSource: readFileSync(js, 'utf8'),
    world: 'extractor',
    // Synchronous and without WASI: the guest computes, it neither waits nor touches a system.
    sync: true,
    stubWasi: true,
  });
  return component;
}

function versionOf(tool) {
  for (let folder = here; ; folder = dirname(folder)) {
    const text = read(join(folder, 'node_modules', tool, 'package.json'));
    if (text !== undefined) return `${tool} ${JSON.parse(text).version}`;
    if (folder === dirname(folder)) throw new Error(`${tool} is not installed`);
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await hashes();
  if (process.argv.includes('--record')) {
    writeFileSync(join(here, 'hashes.json'), `${JSON.stringify(result, null, 2)}\n`);
  }
  console.log(result);
}
