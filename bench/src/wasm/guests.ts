import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type GlueContext, type WasmInstance, WasmProgram } from '@rockpool/wasm-adapter';
import { extractor } from './extractor.js';
import type { Guest, TextApi } from './guest.js';
import { OriginalContext } from './original.js';

const require = createRequire(import.meta.url);

function guest(
  title: string,
  file: string,
  input: string,
  glue: (context: GlueContext) => TextApi | Promise<TextApi>,
): Guest {
  return {
    title,
    input,
    load: (metering) =>
      WasmProgram.load(file, { name: title, metering, glue, glueState: 'stateless' }),
    use: (instance) => (instance as unknown as WasmInstance<TextApi>).call('call', input),
    warmUp: (api) => void (api as TextApi).call(input),
    original: async () => {
      const bytes = new Uint8Array(readFileSync(file));
      const module = await WebAssembly.compile(bytes);
      return async () => glue(new OriginalContext(bytes, module));
    },
  };
}

type Hook = (imports: Record<string, unknown>, done: (instance: unknown) => void) => unknown;

/** emscripten's way to hand over the instantiation. */
const hookOf =
  (context: GlueContext): Hook =>
  (imports, done) => {
    const instance = context.instantiate(imports);
    done(instance);
    return instance.exports;
  };

interface QuickJs {
  newContext(): { evalCode(code: string): { value: unknown }; dump(handle: unknown): unknown };
}

interface QuickJsPackage {
  newVariant(base: unknown, options: object): unknown;
  newQuickJSWASMModuleFromVariant(variant: unknown): Promise<QuickJs>;
  readonly RELEASE_SYNC: unknown;
}

function quickjs(title: string, input: string): Guest {
  const found = createRequire(require.resolve('quickjs-emscripten')).resolve(
    '@jitl/quickjs-wasmfile-release-sync',
  );
  const file = `${found.replace(/dist[\\/].*$/, 'dist/')}emscripten-module.wasm`;
  return guest(title, file, input, async (context) => {
    const library = (await import('quickjs-emscripten')) as unknown as QuickJsPackage;
    const variant = library.newVariant(library.RELEASE_SYNC, {
      emscriptenModule: { instantiateWasm: hookOf(context) },
    });
    const vm = (await library.newQuickJSWASMModuleFromVariant(variant)).newContext();
    return { call: (code) => String(vm.dump(vm.evalCode(code).value)) };
  });
}

interface Sql {
  Database: new () => { exec(sql: string): { values: unknown[][] }[] };
}

function sqlite(title: string, input: string): Guest {
  return guest(title, require.resolve('sql.js/dist/sql-wasm.wasm'), input, async (context) => {
    const load = context.require(require.resolve('sql.js/dist/sql-wasm.js')) as (options: {
      instantiateWasm: Hook;
    }) => Promise<Sql>;
    const database = new (await load({ instantiateWasm: hookOf(context) })).Database();
    return { call: (sql) => JSON.stringify(database.exec(sql)[0]?.values) };
  });
}

interface HtmlRewriterGlue {
  HTMLRewriter: new (
    sink: (chunk: Uint8Array) => void,
  ) => {
    on(selector: string, handlers: object): unknown;
    write(chunk: Uint8Array): Promise<void>;
    end(): Promise<void>;
    free(): void;
  };
}

function htmlRewriter(title: string, input: string): Guest {
  const file = require.resolve('html-rewriter-wasm/dist/html_rewriter_bg.wasm');
  return guest(title, file, input, (context) => {
    const { HTMLRewriter } = context.require(
      require.resolve('html-rewriter-wasm/dist/html_rewriter.js'),
    ) as HtmlRewriterGlue;
    return {
      call: (html) => {
        const chunks: Uint8Array[] = [];
        const rewriter = new HTMLRewriter((chunk) => chunks.push(chunk.slice()));
        let links = 0;
        rewriter.on('a', { element: () => (links += 1) });
        // Its methods are async only for async handlers: all of it has run when they return.
        void rewriter.write(Buffer.from(html));
        void rewriter.end();
        rewriter.free();
        return `${links}:${Buffer.concat(chunks).length}`;
      },
    };
  });
}

interface ResvgGlue {
  initWasm(module: unknown): Promise<void>;
  Resvg: new (svg: string) => { render(): { asPng(): Uint8Array } };
}

function resvg(title: string, input: string): Guest {
  const file = require.resolve('@resvg/resvg-wasm/index_bg.wasm');
  return guest(title, file, input, async (context) => {
    const { initWasm, Resvg } = context.require(
      file.replace('index_bg.wasm', 'index.js'),
    ) as ResvgGlue;
    await initWasm(context.bytes());
    return { call: (svg) => String(new Resvg(svg).render().asPng().length) };
  });
}

const page = (paragraphs: number): string =>
  `<html><head><title>Page</title></head><body><article><h1>Title</h1>${link.repeat(paragraphs)}</article></body></html>`;
const link = '<p class="x">text <a href="/y">link</a></p>';

/** Guests by the end of their scenario's name: the short calls show the floor, the long ones what users will see. */
export const GUESTS: Readonly<Record<string, () => Guest>> = {
  'quickjs-short': () => quickjs('quickjs, 1+2', '1+2'),
  quickjs: () =>
    quickjs(
      'quickjs, a loop of 20,000',
      '(() => { let s = 0; for (let i = 0; i < 20000; i++) s += i; return s })()',
    ),
  'sqlite-short': () => sqlite('sql.js, select 1', 'select 1'),
  sqlite: () =>
    sqlite(
      'sql.js, 2,000 rows',
      'with recursive c(x) as (select 1 union all select x + 1 from c where x < 2000) select sum(x), max(x || x) from c',
    ),
  'html-short': () => htmlRewriter('html-rewriter, 40 B', link),
  html: () => htmlRewriter('html-rewriter, 10 KB', link.repeat(240)),
  component: () => extractor('a component, 10 KB', page(240)),
  resvg: () =>
    resvg(
      'resvg, 256 px',
      '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><circle cx="128" cy="128" r="90"/></svg>',
    ),
};
