import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { type WasmInstance, WasmProgram } from '@rockpool/wasm-adapter';
import type { Guest, TextApi } from './guest.js';

/** What is measured of the extractor's world. */
interface Extractor {
  extract(html: string, url: string, mode: { tag: string }): { text: string; links: string[] };
}

const URL_OF_PAGE = 'https://example.com/';
const MODE = { tag: 'article' };

/** The extractor component of the tests, a whole JavaScript engine with an extractor in it. */
export function extractor(title: string, input: string): Guest {
  const shown = ({ text, links }: ReturnType<Extractor['extract']>): string =>
    `${text.length} ${links.length}`;
  return {
    title,
    input,
    load: async (metering) => WasmProgram.load(await extractorFile(), { name: title, metering }),
    use: (instance) =>
      shown(
        (instance as unknown as WasmInstance<Extractor>).call('extract', input, URL_OF_PAGE, MODE),
      ),
    warmUp: (api) => void (api as Extractor).extract(input, URL_OF_PAGE, MODE),
    original: async () => {
      const make = await transpiled(await extractorFile());
      return async (): Promise<TextApi> => {
        const { extract } = make();
        return { call: (html) => shown(extract(html, URL_OF_PAGE, MODE)) };
      };
    },
  };
}

/** The file of the component, built from its sources if it is not there. */
export async function extractorFile(): Promise<string> {
  const builder = new URL(
    '../../../packages/wasm-adapter/test/support/build-guests.ts',
    import.meta.url,
  );
  const { buildGuest } = (await import(builder.href)) as {
    buildGuest(name: string): Promise<string>;
  };
  return buildGuest('extractor.wasm');
}

type Instantiate = (
  core: (name: string) => unknown,
  imports: object,
  instantiate: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => WebAssembly.Instance,
) => Extractor;

/** What jco makes of the component, without Rockpool: its modules compiled once, an instance for each call of the result. */
async function transpiled(file: string): Promise<() => Extractor> {
  // Also lets Node 20 compile what componentize-qjs writes.
  await WasmProgram.load(file, { metering: 'unmetered' });
  const { files } = (await transpile(new Uint8Array(readFileSync(file)), {
    name: 'component',
    instantiation: 'sync',
    noTypescript: true,
  } as never)) as unknown as { files: Record<string, Uint8Array> | [string, Uint8Array][] };
  const parts = new Map(Array.isArray(files) ? files : Object.entries(files));
  const folder = mkdtempSync(path.join(tmpdir(), 'rockpool-bench-'));
  const script = path.join(folder, 'component.mjs');
  writeFileSync(script, parts.get('component.js') ?? '');
  const modules = new Map<string, WebAssembly.Module>();
  for (const [name, bytes] of parts) {
    if (name.endsWith('.wasm')) modules.set(name, new WebAssembly.Module(new Uint8Array(bytes)));
  }
  const { instantiate } = (await import(pathToFileURL(script).href)) as {
    instantiate: Instantiate;
  };
  return () =>
    instantiate(
      (name) => modules.get(name),
      {},
      (module, imports = {}) => new WebAssembly.Instance(module, imports),
    );
}
