import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { WasmComponentSupportError, WasmImportError, WasmProgramError } from '../errors.js';
import type { ClosureVariable } from './component-state.js';
import { captureVariables, exposeState, keepFunction } from './component-state.js';
import type { DiskCache } from './disk-cache.js';
import { resolveImports } from './imports.js';
import type { GlueContext, GlueFactory, ImportsOption } from './options.js';

/** A component taken apart: its core modules, and the JavaScript that puts them together. Plain data. */
export interface TranspiledComponent {
  readonly source: string;
  readonly cores: ReadonlyMap<string, Uint8Array>;
  /** Names of the instances that the component imports, without versions. */
  readonly imports: readonly string[];
}

/**
 * Takes a component apart with jco, or finds the result of an earlier time on disk.
 *
 * @throws WasmComponentSupportError if jco is not installed.
 * @throws WasmProgramError if jco does not understand the component.
 */
export async function transpileComponent(
  name: string,
  bytes: Uint8Array,
  disk: DiskCache | undefined,
): Promise<TranspiledComponent> {
  const key = createHash('sha256')
    .update(`component ${jcoVersion()}\n`)
    .update(bytes)
    .digest('hex');
  const cached = await disk?.read(key);
  if (cached !== undefined) return unpack(cached.header as PackedHeader, cached.bytes);
  const jco = await loadJco();
  let result: JcoResult;
  try {
    result = await jco.transpile(bytes, {
      name: 'component',
      instantiation: 'sync',
      noTypescript: true,
    });
  } catch (cause) {
    throw new WasmProgramError(
      `${name} could not be taken apart by jco: ${(cause as Error).message}`,
      { cause },
    );
  }
  const packed = pack(result);
  await disk?.write(key, packed.header, packed.bytes);
  return unpack(packed.header, packed.bytes);
}

/** Glue that makes one instance of a component and shows its functions by name. */
export function componentGlue(
  name: string,
  { source, imports: needed }: Pick<TranspiledComponent, 'source' | 'imports'>,
  imports: ImportsOption | undefined,
): GlueFactory<Record<string, unknown>> {
  const prepare = evaluate(name, source);
  return async (context) => {
    const host = await componentHost(name, needed, imports);
    const variables: ClosureVariable[] = [];
    const root = prepare(variables)(coreName, host, coreOf(context));
    context.keep(() => captureVariables(variables));
    return flatten(root);
  };
}

/**
 * What a component gets from its host: `imports`, or the standard host of WASI where none are given.
 *
 * @throws WasmImportError naming every instance that the host lacks.
 * @throws WasmComponentSupportError if the standard host is not installed.
 */
export async function componentHost(
  name: string,
  needed: readonly string[],
  imports: ImportsOption | undefined,
): Promise<Record<string, unknown>> {
  if (imports === undefined && needed.length === 0) return {};
  const host = imports === undefined ? await standardImports() : await resolveImports(imports);
  const missing = needed.filter((instance) => host[instance] === undefined);
  if (missing.length === 0) return host;
  throw new WasmImportError(
    name,
    missing.map((instance) => `${instance} (instance)`),
  );
}

/**
 * Functions by name, wherever the component exports them: at world level (`extract`), in an interface of that name
 * (`extract.extract`), or in one with a full name (`riptide:extractor/extract@0.2.0`). World level wins.
 */
export function flatten(root: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const value of Object.values(root)) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'function') flat[name] ??= member;
    }
  }
  for (const [name, value] of Object.entries(root)) {
    if (typeof value === 'function') flat[name] = value;
  }
  return flat;
}

type Instantiate = (
  getCoreModule: (name: string) => unknown,
  imports: Readonly<Record<string, unknown>>,
  instantiateCore: (module: unknown, imports?: Record<string, unknown>) => unknown,
) => Record<string, unknown>;

/** The glue asks for a module by its file name and hands the answer to the instantiation. */
const coreName = (name: string): string => name;

const coreOf =
  (context: GlueContext) =>
  (module: unknown, imports: Record<string, unknown> = {}): unknown =>
    context.instantiate(imports, module as string);

/** jco writes a module with two exports and no imports; as a function body it can be evaluated and posted anywhere. */
function evaluate(name: string, source: string): (variables: ClosureVariable[]) => Instantiate {
  if (!/^export function instantiate/m.test(source) || /^import\s/m.test(source)) {
    throw new WasmProgramError(
      `${name}: this version of jco writes glue of another shape; use one of the versions in peerDependencies`,
    );
  }
  const body = exposeState(source.replace(/^export (?=function instantiate|const )/gm, ''));
  return (variables) => {
    const make = compileFunction(
      `${body}\nreturn instantiate;`,
      ['FinalizationRegistry', keepFunction],
      { filename: `${name}.js` },
    ) as (registry: unknown, keep: Keep) => Instantiate;
    return make(
      SilentRegistry,
      (variable, get, set) => void variables.push({ name: variable, get, set }),
    );
  };
}

type Keep = (name: string, get: () => unknown, set?: (value: unknown) => void) => void;

class SilentRegistry {
  register(): void {}
  unregister(): boolean {
    return false;
  }
}

interface JcoResult {
  readonly files: Readonly<Record<string, Uint8Array>> | readonly (readonly [string, Uint8Array])[];
  readonly imports: readonly string[];
}

interface Jco {
  transpile(bytes: Uint8Array, options: object): Promise<JcoResult>;
}

async function loadJco(): Promise<Jco> {
  try {
    return (await import(jcoPackage)) as Jco;
  } catch (cause) {
    throw new WasmComponentSupportError(cause);
  }
}

/** A variable, so that no compiler or bundler insists on an optional package. */
const jcoPackage: string = '@bytecodealliance/jco';
const shimPackage: string = '@bytecodealliance/preview2-shim/instantiation';

function jcoVersion(): string {
  try {
    const require = createRequire(import.meta.url);
    const found = require.resolve(jcoPackage);
    return /jco@([\d.]+)/.exec(found)?.[1] ?? found;
  } catch {
    return 'absent';
  }
}

async function standardImports(): Promise<Record<string, unknown>> {
  let shim: { WASIShim: new () => { getImportObject(): Record<string, unknown> } };
  try {
    shim = (await import(shimPackage)) as typeof shim;
  } catch (cause) {
    throw new WasmComponentSupportError(cause);
  }
  return new shim.WASIShim().getImportObject();
}

interface PackedHeader {
  readonly source: number;
  readonly cores: readonly { readonly name: string; readonly length: number }[];
  readonly imports: readonly string[];
}

function pack(result: JcoResult): { header: PackedHeader; bytes: Uint8Array } {
  const files = Array.isArray(result.files) ? result.files : Object.entries(result.files);
  const source = files.find(([name]) => name === 'component.js')?.[1] ?? new Uint8Array();
  const cores = files.filter(([name]) => name.endsWith('.wasm'));
  return {
    header: {
      source: source.length,
      cores: cores.map(([name, content]) => ({ name, length: content.length })),
      imports: result.imports,
    },
    bytes: new Uint8Array(Buffer.concat([source, ...cores.map(([, content]) => content)])),
  };
}

function unpack(header: PackedHeader, bytes: Uint8Array): TranspiledComponent {
  const cores = new Map<string, Uint8Array>();
  let at = header.source;
  for (const { name, length } of header.cores) {
    cores.set(name, bytes.slice(at, at + length));
    at += length;
  }
  return {
    source: Buffer.from(bytes.subarray(0, header.source)).toString('utf8'),
    cores,
    imports: header.imports,
  };
}
