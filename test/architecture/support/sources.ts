import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The root of the checkout. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** A TypeScript file of the workspace, parsed. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One place where a file names another module; `import type` and `import('x').T` count. */
export interface ImportSite {
  readonly from: string;
  readonly specifier: string;
}

const parsed = new Map<string, SourceFile>();
const imports = new WeakMap<SourceFile, readonly ImportSite[]>();

/** Every `.ts` file under a folder (from the root), parsed once. */
export function sourcesUnder(folder: string): SourceFile[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !['node_modules', 'dist', '.tsbuild', '.rockpool'].includes(name))
    .flatMap((entry) => {
      const each = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sourcesUnder(each);
      return each.endsWith('.ts') ? [sourceAt(each)] : [];
    })
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** The short names of all packages. */
export function packageNames(): string[] {
  return readdirSync(path.join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** The sources of every package. */
export function packageSources(): SourceFile[] {
  return packageNames().flatMap((name) => sourcesUnder(`packages/${name}/src`));
}

/** Everything a file imports, re-exports or requires, static, dynamic, or as a type. */
export function importsOf(source: SourceFile): readonly ImportSite[] {
  let sites = imports.get(source);
  if (sites === undefined) {
    sites = findImports(source);
    imports.set(source, sites);
  }
  return sites;
}

function findImports({ path: from, tree }: SourceFile): readonly ImportSite[] {
  const sites: ImportSite[] = [];
  const note = (specifier: ts.Node | undefined): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      sites.push({ from, specifier: specifier.text });
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) note(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      note(node.argument.literal);
    } else if (ts.isCallExpression(node) && loadsModule(node.expression)) {
      note(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return sites;
}

/** `import(…)`, `require(…)`, `require.resolve(…)`. */
function loadsModule(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword ||
    ['require', 'require.resolve'].includes(callee.getText())
  );
}

/** The packages that a file names in its strings: an optional one is loaded late, under a name that no compiler sees. */
export function packagesNamed({ tree }: SourceFile): ReadonlySet<string> {
  const named = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) {
      const name = packageOf({ from: '', specifier: node.text });
      if (name !== undefined) named.add(name);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return named;
}

/** The file a relative import means, from the root. */
export function targetOf({ from, specifier }: ImportSite): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

/** The package a bare import means: `zod`, `@rockpool/core`; `undefined` for relative ones and for Node's own. */
export function packageOf({ specifier }: ImportSite): string | undefined {
  if (/^(\.|node:|#)/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The line of a node, for messages. */
export function lineOf(source: SourceFile, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

function sourceAt(file: string): SourceFile {
  let source = parsed.get(file);
  if (source === undefined) {
    const text = readFileSync(path.join(root, file), 'utf8');
    source = {
      path: file,
      text,
      tree: ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true),
    };
    parsed.set(file, source);
  }
  return source;
}
