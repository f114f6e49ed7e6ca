import { FILTERED, type InitContext, ParseFailure, type ParseResult } from '../contract/parser.js';
import type { Sourced } from '../contract/update.js';
import { pack, unpack } from './parcel.js';
import { loadParser, type ParserModule } from './parser-module.js';

/** Parses with the module of a parser in this thread: what it gets and answers is as on a thread of its own. */
export class ModuleParser {
  readonly #module: ParserModule;
  readonly #context: InitContext;

  private constructor(module: ParserModule, context: InitContext) {
    this.#module = module;
    this.#context = context;
  }

  /** @throws whatever the module throws while it is loaded, or `init` of its parser */
  static async load(address: string, context: InitContext): Promise<ModuleParser> {
    const module = await loadParser(address);
    await module.parser.init?.(context);
    return new ModuleParser(module, context);
  }

  async parse<Out>(
    items: readonly Sourced[],
    bytesOf: (item: Sourced) => Uint8Array,
  ): Promise<ParseResult<Out>[]> {
    const { parser, revive } = this.#module;
    const results: ParseResult<Out>[] = [];
    for (const update of unpack(pack(items, bytesOf))) {
      try {
        const value = await parser.parse(revive(update), this.#context);
        results.push(value === FILTERED ? FILTERED : (value as Out));
      } catch (error) {
        results.push(new ParseFailure(error));
      }
    }
    return results;
  }

  async dispose(): Promise<void> {
    await this.#module.parser.dispose?.();
  }
}
