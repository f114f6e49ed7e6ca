import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { pageAt, root, tableUnder } from './support/pages.js';

interface Row {
  readonly row: string;
  readonly claim: string;
  readonly keptBy: readonly string[];
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** The number of the last row of each text. */
const LAST_ROWS: Readonly<Record<string, number>> = { 0: 44, 1: 29, 2: 54, 3: 56, 4: 74 };

const page = pageAt('docs/contract.md');
const kept = tableUnder(page, 'Kept').map(([row, claim, keptBy, tests]) =>
  readRow(row, claim, keptBy, tests),
);
const inPart = tableUnder(page, 'Kept in part').map(([row, claim, , keptBy, tests]) =>
  readRow(row, claim, keptBy, tests),
);
const rows = [...kept, ...inPart];

describe('the table of the contract', () => {
  it('has each row once, in order, with a claim', () => {
    const numbers = rows.map(({ row }) => row);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => !/^\d-[1-9]\d?$/.test(number))).toEqual([]);
    const [orders, ordersInPart] = [kept, inPart].map((table) =>
      table.map(({ row }) => orderOf(row)),
    );
    expect(orders).toEqual(orders?.toSorted((a, b) => a - b));
    expect(ordersInPart).toEqual(ordersInPart?.toSorted((a, b) => a - b));
    const beyond = rows.filter(({ row }) => orderOf(row) % 100 > (LAST_ROWS[row.charAt(0)] ?? 0));
    expect(beyond.map(({ row }) => row)).toEqual([]);
    expect(rows.filter(({ claim }) => claim.length < 8)).toEqual([]);
  });

  it('has every row of every text', () => {
    const numbers = new Set(rows.map(({ row }) => row));
    const wanted = ['0', '1', '2', '3', '4'].flatMap((text) =>
      Array.from({ length: LAST_ROWS[text] ?? 0 }, (_, index) => `${text}-${index + 1}`),
    );
    expect(wanted.filter((row) => !numbers.has(row))).toEqual([]);
  });

  it('names files that exist', () => {
    const missing = rows.flatMap(({ row, keptBy }) =>
      keptBy.filter((file) => !existsSync(path.join(root, file))).map((file) => `${row} ${file}`),
    );
    expect(rows.filter(({ keptBy }) => keptBy.length === 0)).toEqual([]);
    expect(missing).toEqual([]);
  });

  it('names tests that exist and are not skipped', () => {
    expect(rows.filter(({ tests }) => tests.length === 0)).toEqual([]);
    const missing = rows.flatMap(({ row, tests }) =>
      tests
        .filter(({ file, title }) => !titlesIn(file).has(title))
        .map(({ file, title }) => `${row} ${file}: ${title}`),
    );
    expect(missing).toEqual([]);
  });

  it('notices a test that was renamed', () => {
    expect(titlesIn('test/docs/contract.test.ts').has('names files that exist')).toBe(true);
    expect(titlesIn('test/docs/contract.test.ts').has('names files that existed')).toBe(false);
    expect(titlesIn('test/docs/no-such.test.ts').size).toBe(0);
  });
});

function orderOf(row: string): number {
  const [text = '', number = ''] = row.split('-');
  return 100 * Number(text) + Number(number);
}

function readRow(row = '', claim = '', keptBy = '', tests = ''): Row {
  const named = [...tests.matchAll(/(\S+\.test\.ts): “([^”]+)”(?:, |$)/g)];
  const whole = named.map(([text]) => text).join('');
  if (whole !== tests) throw new Error(`${row}: cannot read the tests in: ${tests}`);
  return {
    row,
    claim,
    keptBy: keptBy.split(', ').filter((file) => file !== ''),
    tests: named.map(([, file = '', title = '']) => ({ file, title })),
  };
}

/** The titles of the tests of a file, as they are written; those of skipped tests are left out. */
function titlesIn(file: string): Set<string> {
  const absolute = path.join(root, file);
  if (!existsSync(absolute)) return new Set();
  const tree = ts.createSourceFile(file, readFileSync(absolute, 'utf8'), ts.ScriptTarget.ES2023);
  const titles = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [title] = node.arguments;
      const runs = /^(it|test)(\.(each|for|concurrent|sequential)\b|$)/.test(
        calleeOf(node.expression),
      );
      if (runs && title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return titles;
}

/** `it`, `it.each` of `it.each(cases)('title', …)`, `describe.skip` … */
function calleeOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return `${calleeOf(node.expression)}.${node.name.text}`;
  if (ts.isCallExpression(node)) return calleeOf(node.expression);
  if (ts.isTaggedTemplateExpression(node)) return calleeOf(node.tag);
  return '';
}
