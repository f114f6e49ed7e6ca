import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { LRUCache } from 'lru-cache';
import { WasmProgramError } from '../errors.js';
import type { CompiledModule } from '../guest/store.js';
import type { Metering, ModuleAnalysis, RewriteManifest } from '../rewrite/index.js';
import { analyseModule, RewriteError, rewriteModule, rewriterVersion } from '../rewrite/index.js';
import type { DiskCache } from './disk-cache.js';

/** What became of one module on its way into a program. */
export interface PreparedModule extends CompiledModule {
  readonly analysis: ModuleAnalysis | undefined;
  /** Why the module runs as it came, or is not restorable; empty if everything could be done. */
  readonly obstacles: readonly string[];
  readonly restorable: boolean;
}

export interface CompileOptions {
  readonly metering: Metering;
  readonly disk: DiskCache | undefined;
}

/** Counts of the process, for tests and metrics. */
export interface CompilerCounters {
  /** Modules that V8 compiled. */
  readonly compiled: number;
  readonly rewritten: number;
  readonly memoryHits: number;
  readonly diskHits: number;
}

/** Counts since the process began. */
export function compilerCounters(): CompilerCounters {
  return { ...counters };
}

/**
 * Rewrites and compiles a module, once per content and options: later calls get the same `WebAssembly.Module`.
 *
 * @throws WasmProgramError if the bytes are no valid core module.
 */
export async function prepareModule(
  name: string,
  bytes: Uint8Array,
  { metering, disk }: CompileOptions,
): Promise<PreparedModule> {
  const key = createHash('sha256')
    .update(`rockpool ${rewriterVersion} ${metering}\n`)
    .update(bytes)
    .digest('hex');
  const known = prepared.get(key);
  if (known !== undefined) {
    counters.memoryHits += 1;
    return { ...(await known), name };
  }
  const fresh = compile(name, bytes, key, metering, disk);
  prepared.set(key, fresh);
  fresh.catch(() => prepared.delete(key)); // a failure is told to its callers and not kept
  return fresh;
}

const counters = { compiled: 0, rewritten: 0, memoryHits: 0, diskHits: 0 };
const prepared = new LRUCache<string, Promise<PreparedModule>>({ max: 256 });

interface Rewritten {
  readonly bytes: Uint8Array;
  readonly manifest: RewriteManifest | undefined;
  readonly analysis: ModuleAnalysis | undefined;
  readonly obstacles: readonly string[];
}

async function compile(
  name: string,
  bytes: Uint8Array,
  key: string,
  metering: Metering,
  disk: DiskCache | undefined,
): Promise<PreparedModule> {
  const cached = await disk?.read(key);
  let rewritten: Rewritten;
  if (cached === undefined) {
    rewritten = rewrite(name, bytes, metering);
    counters.rewritten += 1;
  } else {
    counters.diskHits += 1;
    rewritten = { ...(cached.header as Omit<Rewritten, 'bytes'>), bytes: cached.bytes };
  }
  let module: WebAssembly.Module;
  try {
    module = await compileBytes(new Uint8Array(rewritten.bytes));
  } catch (cause) {
    throw new WasmProgramError(
      `${name} is not valid WebAssembly for this engine: ${(cause as Error).message}`,
      { cause },
    );
  }
  counters.compiled += 1;
  const { manifest, analysis, obstacles } = rewritten;
  if (cached === undefined) {
    await disk?.write(key, { manifest, analysis, obstacles }, rewritten.bytes);
  }
  return {
    name,
    module,
    manifest,
    analysis,
    obstacles,
    restorable: manifest !== undefined && obstacles.length === 0,
  };
}

function rewrite(name: string, bytes: Uint8Array, metering: Metering): Rewritten {
  try {
    const analysis = analyseModule(bytes);
    const obstacles = analysis.snapshotObstacles;
    const { bytes: rewritten, manifest } = rewriteModule(bytes, {
      metering,
      memory: 'virtual',
      state: obstacles.length === 0 ? 'restorable' : 'untouched',
    });
    return { bytes: rewritten, manifest, analysis, obstacles };
  } catch (error) {
    if (!(error instanceof RewriteError)) throw error;
    if (error.refusal === 'unsupported') {
      return { bytes, manifest: undefined, analysis: undefined, obstacles: [error.message] };
    }
    throw new WasmProgramError(`${name} cannot be loaded: ${error.message}`, { cause: error });
  }
}

/**
 * Node 20 has extended constant expressions behind a flag, and componentize-qjs uses them. The flag only lets more
 * modules in, so it is set when the first one that needs it comes.
 */
async function compileBytes(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!(error as Error).message.includes('constant expressions')) throw error;
    setFlagsFromString('--experimental-wasm-extended-const');
    return WebAssembly.compile(bytes);
  }
}
