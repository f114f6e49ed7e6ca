import { format, inspect } from 'node:util';
import ts from 'typescript';
import { expect } from 'vitest';

const KEY = Symbol.for('@rockpool/test/expectations');

interface Expectations {
  printed(claim: string, ...values: unknown[]): void;
  valued(claim: unknown, value: unknown): void;
}

/** What the rewritten examples call. */
(globalThis as { [KEY]?: Expectations })[KEY] = {
  printed(claim, ...values) {
    // `…` in a claim stands for anything.
    const parts = claim.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    expect(format(...values)).toMatch(new RegExp(`^${parts.join('[^]*')}$`));
  },
  valued(claim, value) {
    expect(value, inspect(value)).toEqual(claim);
  },
};

/**
 * An example with its own claims checked: `console.log(value); // what it prints`, and `value; // 'what it is'` where
 * the comment is a literal. A claim stands on the line of its statement's end.
 */
export function withClaimsChecked(code: string): string {
  const tree = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2023, true);
  const edits: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node)) {
      const claim = commentAfter(code, node.end);
      const { expression } = node;
      if (claim !== undefined && isConsoleLog(expression)) {
        const callee = expression.expression;
        edits.push({
          from: callee.getStart(tree),
          to: (expression.arguments[0]?.getStart(tree) ?? expression.end) as number,
          text: `$claims.printed(${JSON.stringify(claim)}, `,
        });
      } else if (claim !== undefined && isLiteral(claim)) {
        edits.push({
          from: expression.getStart(tree),
          to: expression.getStart(tree),
          text: `$claims.valued(${claim}, `,
        });
        edits.push({ from: expression.end, to: expression.end, text: ')' });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  let checked = code;
  for (const { from, to, text } of edits.sort((a, b) => b.from - a.from)) {
    checked = checked.slice(0, from) + text + checked.slice(to);
  }
  return `var $claims = (globalThis as any)[Symbol.for('@rockpool/test/expectations')];\n${checked}\nexport {};\n`;
}

/** How many claims of an example are checked. */
export function claimsIn(code: string): number {
  return withClaimsChecked(code).split('$claims.').length - 1;
}

function commentAfter(code: string, end: number): string | undefined {
  return /^[ \t]*\/\/[ \t]*(.*?)[ \t]*(?:\n|$)/.exec(code.slice(end))?.[1];
}

function isConsoleLog(node: ts.Expression): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'console.log';
}

function isLiteral(text: string): boolean {
  const tree = ts.createSourceFile('claim.ts', `(${text})`, ts.ScriptTarget.ES2023, true);
  const [statement] = tree.statements;
  if (tree.statements.length !== 1 || statement === undefined) return false;
  if (!ts.isExpressionStatement(statement)) return false;
  return isData(statement.expression);
}

function isData(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isData(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isData);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every(
      (each) => ts.isPropertyAssignment(each) && isData(each.initializer),
    );
  }
  if (ts.isPrefixUnaryExpression(node)) return isData(node.operand);
  if (ts.isIdentifier(node)) return node.text === 'undefined';
  return (
    ts.isStringLiteral(node) ||
    ts.isNumericLiteral(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  );
}
