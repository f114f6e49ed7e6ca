// What the examples import: loaded once, so that no single example has to pay for it.
import '@rockpool/core';
import '@rockpool/events';
import '@rockpool/extraction';
import '@rockpool/native-adapter';
import '@rockpool/pipeline';
import '@rockpool/server';
import '@rockpool/wasm-adapter';
import '@rockpool/view-runtime';
import '@rockpool/yellowstone';
import '@rockpool/yellowstone/testing';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sampleBlocks } from '@rockpool/view-runtime/testing';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { guestPath } from '../../packages/view-runtime/fixtures/build.mjs';
import { claimsIn, withClaimsChecked } from './support/expectations.js';
import { allPages, type Block, blocksOf, root } from './support/pages.js';

/** Beside `node_modules` of this package, so that examples import what they would import; ignored by git. */
const folder = path.join(root, 'test', '.rockpool', `examples-${process.pid}`);

const blocks = allPages().flatMap(blocksOf);
const ours = blocks.filter(({ info }) => /^ts\b/.test(info));
/** `ts signature` shows types; `ts` runs. */
const examples = ours.filter(({ info }) => info === 'ts');

const home = process.cwd();

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  // What examples about indexers name: an indexer and blocks in the folder where they run.
  copyFileSync(await guestPath('indexer'), path.join(folder, 'indexer.wasm'));
  for (const [height, block] of sampleBlocks(6).entries()) {
    writeFileSync(path.join(folder, `block-${height}.bin`), block);
  }
  process.chdir(folder);
}, 60_000);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

describe('the code in the documentation', () => {
  it('is either run or, where it shows types, checked by the compiler', () => {
    const unknown = ours.filter(({ info }) => info !== 'ts' && info !== 'ts signature');
    expect(unknown.map(shown)).toEqual([]);
    const others = ['sh', 'text', 'mermaid', 'json', 'diff', ''];
    const unchecked = blocks.filter(
      (block) => !ours.includes(block) && !others.includes(block.info),
    );
    expect(unchecked.map((block) => `${shown(block)} ${block.info}`)).toEqual([]);
  });

  it('compiles under the strict settings of the repository', () => {
    expect(diagnosticsOf(ours)).toEqual([]);
  }, 60_000);

  it('says what it prints, and that is checked', () => {
    expect(examples.reduce((sum, { code }) => sum + claimsIn(code), 0)).toBeGreaterThan(40);
  });

  for (const [index, block] of examples.entries()) {
    it(`${shown(block)} runs and prints what it says`, async () => {
      const file = path.join(folder, `${block.page.replaceAll(/[^\w]+/g, '-')}-${index}.ts`);
      writeFileSync(file, withClaimsChecked(block.code));
      const silent = vi.spyOn(console, 'log').mockImplementation(() => {});
      try {
        await import(/* @vite-ignore */ pathToFileURL(file).href);
      } finally {
        silent.mockRestore();
      }
    });
  }
});

/** What the compiler has to say about the blocks, each as a module of its own. */
function diagnosticsOf(all: readonly Block[]): string[] {
  const base = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(base.config.compilerOptions, root);
  const settings: ts.CompilerOptions = {
    ...options,
    composite: false,
    incremental: false,
    isolatedDeclarations: false,
    // A matter of taste in which our users differ.
    noPropertyAccessFromIndexSignature: false,
    noEmit: true,
  };
  const named = new Map(
    all.map((block, index) => [path.join(root, 'test', `documented-${index}.ts`), block]),
  );
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  const codeOf = (file: string): string | undefined => {
    const block = named.get(path.normalize(file));
    return block && `${block.code}\nexport {};\n`;
  };
  host.fileExists = (file) => codeOf(file) !== undefined || fileExists(file);
  host.readFile = (file) => codeOf(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const code = codeOf(file);
    return code === undefined
      ? getSourceFile.call(host, file, version, ...rest)
      : ts.createSourceFile(file, code, version, true);
  };
  const program = ts.createProgram([...named.keys()], settings, host);
  return [...named].flatMap(([file, block]) => {
    const source = program.getSourceFile(file);
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText, start = 0 }) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${block.page}:${block.line + line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

function shown({ page, line }: Block): string {
  return `${page}:${line}`;
}
