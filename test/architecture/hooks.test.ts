import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root, sourcesUnder } from './support/sources.js';

/**
 * Where the hooks of each kind of factory may be called. Only the door calls those of a pool; the other two kinds are
 * translated into a pool's factory, in one file each, and reach the door in that form.
 */
const DOORS: readonly {
  readonly declaredIn: string;
  readonly interfaces: readonly string[];
  readonly calledIn: string;
}[] = [
  {
    declaredIn: 'contract/poolable.ts',
    interfaces: ['PoolFactory', 'Poolable'],
    calledIn: 'lifecycle/door.ts',
  },
  {
    declaredIn: 'keyed/options.ts',
    interfaces: ['KeyedFactory'],
    calledIn: 'keyed/keyed-pool.ts',
  },
  {
    declaredIn: 'generic-pool/factory.ts',
    interfaces: ['Factory'],
    calledIn: 'generic-pool/workshop.ts',
  },
];

const HOOKS = new Set([
  'memoryBytes',
  'create',
  'validate',
  'isHealthy',
  'reset',
  'destroy',
  'onAcquire',
]);
const core = 'packages/core/src';

describe('one door to user hooks', () => {
  const program = programOf(
    sourcesUnder(core)
      // The contract suites of testing stand where a user stands: they call hooks of what they test.
      .filter(({ path: file }) => !file.startsWith(`${core}/testing/`))
      .map(({ path: file }) => path.join(root, file)),
  );

  it.each(DOORS)(
    'hooks of $interfaces are taken only in $calledIn',
    ({ declaredIn, interfaces, calledIn }) => {
      const used = hookUses(program).filter(
        (use) => use.declaredIn === `${core}/${declaredIn}` && interfaces.includes(use.owner),
      );
      const here = used.filter(({ file }) => file === `${core}/${calledIn}`);
      expect(here.length).toBeGreaterThan(0);
      expect(used.filter((use) => !here.includes(use)).map(({ at }) => at)).toEqual([]);
    },
  );

  it('knows every interface that has hooks', () => {
    const known = DOORS.flatMap(({ declaredIn, interfaces }) =>
      interfaces.map((each) => `${core}/${declaredIn} ${each}`),
    );
    expect(hookOwners(program).filter((owner) => !known.includes(owner))).toEqual([]);
  });
});

interface HookUse {
  readonly file: string;
  readonly at: string;
  readonly declaredIn: string;
  readonly owner: string;
}

/** Every place that takes a hook off a factory or a resource: `x.create`, `x['create']`, `const { create } = x`. */
function hookUses(program: ts.Program): HookUse[] {
  const checker = program.getTypeChecker();
  const uses: HookUse[] = [];
  for (const source of ownSources(program)) {
    const visit = (node: ts.Node): void => {
      if (!onlyAsksFor(node)) {
        for (const declaration of declarationsTaken(node, checker)) {
          const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
          const file = fromRoot(source.fileName);
          uses.push({
            file,
            at: `${file}:${line + 1} ${node.getText(source).slice(0, 60)}`,
            declaredIn: fromRoot(declaration.getSourceFile().fileName),
            owner: ownerOf(declaration),
          });
        }
        ts.forEachChild(node, visit);
      }
    };
    visit(source);
  }
  return uses;
}

/** `typeof x.reset` and `x.reset !== undefined` ask whether there is a hook; they do not take it. */
function onlyAsksFor(node: ts.Node): boolean {
  if (ts.isTypeOfExpression(node)) return true;
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  const compares =
    kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
  return compares && node.right.getText() === 'undefined';
}

function declarationsTaken(node: ts.Node, checker: ts.TypeChecker): readonly ts.Declaration[] {
  if (ts.isPropertyAccessExpression(node) && HOOKS.has(node.name.text)) {
    return checker.getSymbolAtLocation(node.name)?.declarations ?? [];
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    const name = node.argumentExpression.text;
    if (!HOOKS.has(name)) return [];
    return checker.getTypeAtLocation(node.expression).getProperty(name)?.declarations ?? [];
  }
  if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    const name = (node.propertyName ?? node.name).getText();
    if (!HOOKS.has(name)) return [];
    return checker.getTypeAtLocation(node.parent).getProperty(name)?.declarations ?? [];
  }
  return [];
}

/** Interfaces with a `create` beside a `destroy`, or with `validate` or `reset` of a resource. */
function hookOwners(program: ts.Program): string[] {
  const owners = new Set<string>();
  for (const source of ownSources(program)) {
    const visit = (node: ts.Node): void => {
      if (
        ts.isMethodSignature(node) &&
        ['reset', 'validate', 'isHealthy'].includes(node.name.getText())
      ) {
        owners.add(`${fromRoot(source.fileName)} ${ownerOf(node)}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return [...owners];
}

function ownerOf(declaration: ts.Node): string {
  for (let each = declaration.parent; !ts.isSourceFile(each); each = each.parent) {
    if (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)) return each.name.text;
    if (ts.isClassDeclaration(each)) return each.name?.text ?? '';
  }
  return '';
}

function ownSources(program: ts.Program): ts.SourceFile[] {
  return program.getSourceFiles().filter(({ fileName }) => fromRoot(fileName).startsWith(core));
}

function programOf(files: readonly string[]): ts.Program {
  const config = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.config.compilerOptions, root);
  return ts.createProgram(files, {
    ...options,
    noEmit: true,
    composite: false,
    incremental: false,
  });
}

function fromRoot(file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}
