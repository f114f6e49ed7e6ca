import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mostPages } from '../../src/guest/memory.js';
import { GuestStore } from '../../src/guest/store.js';
import type { GlueFactory } from '../../src/index.js';
import { WasmProgram } from '../../src/index.js';
import { StoreGlueContext } from '../../src/program/glue.js';
import type { Metering } from '../../src/rewrite/index.js';

const require = createRequire(import.meta.url);
const quickjsRequire = createRequire(require.resolve('quickjs-emscripten'));

/** A call that a guest offers to the tests: text in, text out. */
export interface TextApi {
  call(input: string): string;
}

/** A real module from npm, as an application would load it. */
export interface RealGuest {
  readonly name: string;
  readonly load: (options?: { metering?: Metering }) => Promise<WasmProgram<TextApi>>;
  /** The module as it comes from npm. */
  readonly path: string;
  readonly glue: GlueFactory<TextApi>;
  /** Inputs that show state if any is left behind. */
  readonly inputs: readonly string[];
}

const guest = (
  name: string,
  path: string,
  inputs: readonly string[],
  glue: GlueFactory<TextApi>,
): RealGuest => ({
  name,
  path,
  glue,
  inputs,
  load: (options = {}) =>
    WasmProgram.load<TextApi>(path, { name, glue, glueState: 'stateless', ...options }),
});

interface QuickJs {
  newContext(): {
    evalCode(code: string): { error?: unknown; value?: unknown };
    dump(handle: unknown): unknown;
  };
}

const quickjsFolder = quickjsRequire
  .resolve('@jitl/quickjs-wasmfile-release-sync')
  .replace(/dist[\\/].*$/, 'dist/');

const quickjs = guest(
  'quickjs',
  `${quickjsFolder}emscripten-module.wasm`,
  [
    'globalThis.n = (globalThis.n || 0) + 1',
    '[1,2,3].map(x => x * 2).join("-")',
    'let s = 0; for (let i = 0; i < 5000; i++) s += i; s',
    'globalThis.big = new Array(20000).fill("x".repeat(20)).join(""); big.length',
    'typeof globalThis.big + typeof globalThis.n',
    'throw new Error("guest")',
    'JSON.stringify(Object.keys(globalThis).length)',
  ],
  async (context) => {
    const { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } = (await import(
      'quickjs-emscripten'
    )) as unknown as {
      newVariant(base: unknown, options: unknown): unknown;
      newQuickJSWASMModuleFromVariant(variant: unknown): Promise<QuickJs>;
      RELEASE_SYNC: unknown;
    };
    const variant = newVariant(RELEASE_SYNC, {
      emscriptenModule: {
        instantiateWasm: (imports: Record<string, unknown>, done: (instance: unknown) => void) => {
          const instance = context.instantiate(imports);
          done(instance);
          return instance.exports;
        },
      },
    });
    const module = await newQuickJSWASMModuleFromVariant(variant);
    const vm = module.newContext();
    return {
      call: (code) => {
        const result = vm.evalCode(code);
        return result.error === undefined
          ? String(vm.dump(result.value))
          : `error ${JSON.stringify(vm.dump(result.error))}`;
      },
    };
  },
);

interface Sql {
  Database: new () => { exec(sql: string): { values: unknown[][] }[] };
}

const sqlite = guest(
  'sql.js',
  require.resolve('sql.js/dist/sql-wasm.wasm'),
  [
    'select 1',
    'create table if not exists m.t (a); insert into m.t values (1), (2); select count(*) from m.t',
    'with recursive c(x) as (select 1 union all select x + 1 from c where x < 500) select sum(x) from c',
    'select group_concat(name) from m.sqlite_master',
    'with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000) select length(group_concat(hex(zeroblob(200)))) from c',
    'select * from nowhere',
  ],
  async (context) => {
    const init = context.require(require.resolve('sql.js/dist/sql-wasm.js')) as (
      options: unknown,
    ) => Promise<Sql>;
    const sql = await init({
      instantiateWasm: (imports: Record<string, unknown>, done: (instance: unknown) => void) => {
        const instance = context.instantiate(imports);
        done(instance);
        return instance.exports;
      },
    });
    const database = new sql.Database();
    // The main database is a file in emscripten's file system, a JavaScript object that no snapshot covers.
    database.exec("attach ':memory:' as m");
    return {
      call: (text) => {
        try {
          return JSON.stringify(database.exec(text).map(({ values }) => values));
        } catch (error) {
          if (error instanceof WebAssembly.RuntimeError) throw error;
          return `error ${(error as Error).message}`;
        }
      },
    };
  },
);

interface HtmlRewriter {
  HTMLRewriter: new (
    sink: (chunk: Uint8Array) => void,
  ) => {
    on(selector: string, handlers: object): unknown;
    write(chunk: Uint8Array): Promise<void>;
    end(): Promise<void>;
    free(): void;
  };
}

const paragraph = (count: number): string =>
  `<html><body>${'<p class="x">text <a href="/y">link</a></p>'.repeat(count)}</body></html>`;

const htmlRewriter = guest(
  'html-rewriter',
  require.resolve('html-rewriter-wasm/dist/html_rewriter_bg.wasm'),
  [paragraph(1), paragraph(150), '<p', '', paragraph(700)],
  (context) => {
    const { HTMLRewriter } = context.require(
      require.resolve('html-rewriter-wasm/dist/html_rewriter.js'),
    ) as HtmlRewriter;
    return {
      call: (html) => {
        const chunks: Uint8Array[] = [];
        const rewriter = new HTMLRewriter((chunk) => chunks.push(chunk.slice()));
        let links = 0;
        rewriter.on('a', {
          element: (element: { setAttribute(name: string, value: string): void }) => {
            links += 1;
            element.setAttribute('n', String(links));
          },
        });
        // The methods are async only for async handlers; ours are not, so all of it has run when they return. They
        // turn the trap of a stopped guest into a rejection, and the instance has to notice the stop all the same.
        rewriter.write(Buffer.from(html)).catch(() => undefined);
        rewriter.end().catch(() => undefined);
        rewriter.free();
        return `${links}:${Buffer.concat(chunks).toString()}`;
      },
    };
  },
);

interface ResvgModule {
  initWasm(module: unknown): Promise<void>;
  Resvg: new (svg: string, options?: object) => { render(): { asPng(): Uint8Array } };
}

const svg = (size: number, color: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><circle cx="${size / 2}" cy="${size / 2}" r="${size / 3}" fill="${color}"/></svg>`;

const resvg = guest(
  'resvg',
  require.resolve('@resvg/resvg-wasm/index_bg.wasm'),
  [svg(16, 'red'), svg(64, 'blue'), svg(300, 'green'), '<svg'],
  async (context) => {
    const { initWasm, Resvg } = context.require(
      require.resolve('@resvg/resvg-wasm/index_bg.wasm').replace('index_bg.wasm', 'index.js'),
    ) as ResvgModule;
    await initWasm(context.bytes());
    return {
      call: (text) => {
        try {
          return Buffer.from(new Resvg(text).render().asPng()).toString('base64');
        } catch (error) {
          if (error instanceof WebAssembly.RuntimeError) throw error;
          return `error ${String(error)}`;
        }
      },
    };
  },
);

export const realGuests: readonly RealGuest[] = [quickjs, sqlite, htmlRewriter, resvg];

/** A guest as it would run without this package: the original module, its glue, the engine. */
export async function originalGuest({ name, path, glue }: RealGuest): Promise<TextApi> {
  const original = new Uint8Array(readFileSync(path));
  const module = await WebAssembly.compile(original);
  const store = new GuestStore({ limitPages: mostPages, now: () => performance.now() });
  const modules = new Map([
    ['main', { compiled: { name, module, manifest: undefined }, original }],
  ]);
  return glue(new StoreGlueContext(store, modules));
}
