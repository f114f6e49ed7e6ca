import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './pages.js';

/** A member of an interface with the first line of its documentation. */
export interface Member {
  readonly name: string;
  /** The doc comment as one line; `''` when there is none. */
  readonly doc: string;
  /** The names of the fields, when its type is written out as an object. */
  readonly fields: readonly string[];
}

/** The members of an exported interface, in order. */
export function membersOf(file: string, name: string): Member[] {
  const declared = declarationIn(file, name);
  if (!ts.isInterfaceDeclaration(declared)) throw new Error(`${name} of ${file} is no interface`);
  return declared.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    doc: docOf(member),
    fields:
      member.type !== undefined && ts.isTypeLiteralNode(member.type)
        ? member.type.members.map((field) => field.name?.getText() ?? '')
        : [],
  }));
}

/** The words of an exported union of strings, in order. */
export function unionOf(file: string, name: string): string[] {
  const declared = declarationIn(file, name);
  if (!ts.isTypeAliasDeclaration(declared) || !ts.isUnionTypeNode(declared.type)) {
    throw new Error(`${name} of ${file} is no union`);
  }
  return declared.type.types.map((each) => {
    if (!ts.isLiteralTypeNode(each) || !ts.isStringLiteral(each.literal)) {
      throw new Error(`${name} of ${file} is no union of strings`);
    }
    return each.literal.text;
  });
}

/** The doc comment of an exported type, as one line. */
export function docCommentOf(file: string, name: string): string {
  return docOf(declarationIn(file, name));
}

function declarationIn(
  file: string,
  name: string,
): ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  const text = readFileSync(path.join(root, file), 'utf8');
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  for (const statement of tree.statements) {
    const declares = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    if (declares && statement.name.text === name) return statement;
  }
  throw new Error(`${file} declares no ${name}`);
}

function docOf(node: ts.Node): string {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ');
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
    .trim();
}
