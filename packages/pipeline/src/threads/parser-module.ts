import type { Parser } from '../contract/parser.js';
import type { Update } from '../contract/update.js';
import type { ThreadUpdate } from './parcel.js';

/** What a module of a parser exports. */
export interface ParserModule {
  readonly parser: Parser<Update, unknown>;
  /** Makes an update of the bytes. */
  readonly revive: (update: ThreadUpdate) => Update;
}

/** @throws TypeError when it exports no parser, or whatever it throws while it is loaded */
export async function loadParser(address: string): Promise<ParserModule> {
  const module = (await import(address)) as Partial<ParserModule> & {
    default?: Partial<ParserModule>;
  };
  const parser = module.parser ?? module.default?.parser;
  if (typeof parser?.parse !== 'function') {
    throw new TypeError(`${address} exports no parser: export const parser = { id, kind, parse }`);
  }
  return { parser, revive: module.revive ?? module.default?.revive ?? ((update) => update) };
}
