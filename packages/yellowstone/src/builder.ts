import {
  type BuildInput,
  type OperatedRuntime,
  type PipelineDefinition,
  RuntimeBuilder,
} from '@rockpool/pipeline';
import type { Commitment } from './filters/request.js';
import { inOrderOf, ofAccount, ofTransaction } from './ordering.js';
import type { YellowstoneSource } from './source/yellowstone-source.js';
import type { YellowstoneKinds } from './updates/kinds.js';

/** Puts together a runtime for the updates of a chain: a verb for each kind. */
export class YellowstoneBuilder extends RuntimeBuilder<YellowstoneKinds> {
  #yellowstone: YellowstoneSource | undefined;
  #commitment: Commitment | undefined;

  /** The server, or servers, to read from. */
  yellowstone(source: YellowstoneSource): this {
    this.#yellowstone = source;
    return this;
  }

  /** How sure the chain must be; wins over the option of the source. */
  commitmentLevel(commitment: Commitment): this {
    this.#commitment = commitment;
    return this;
  }

  /** Changes of one account are handled one after the other, unless the pipeline has a `key` or `ordering` of its own. */
  account(definition: PipelineDefinition<'account'>): this {
    return this.pipeline(inOrderOf(ofAccount, definition));
  }

  transaction(definition: PipelineDefinition<'transaction'>): this {
    return this.pipeline(definition);
  }

  /**
   * Instructions of one transaction are handled one after the other, unless the pipeline has a `key` or `ordering` of
   * its own.
   */
  instruction(definition: PipelineDefinition<'instruction'>): this {
    return this.pipeline(inOrderOf(ofTransaction, definition));
  }

  transactionStatus(definition: PipelineDefinition<'transactionStatus'>): this {
    return this.pipeline(definition);
  }

  block(definition: PipelineDefinition<'block'>): this {
    return this.pipeline(definition);
  }

  blockMeta(definition: PipelineDefinition<'blockMeta'>): this {
    return this.pipeline(definition);
  }

  slot(definition: PipelineDefinition<'slot'>): this {
    return this.pipeline(definition);
  }

  entry(definition: PipelineDefinition<'entry'>): this {
    return this.pipeline(definition);
  }

  /** As for every runtime; see {@link RuntimeBuilder}. */
  override build(given?: BuildInput): Promise<OperatedRuntime> {
    const source = this.#yellowstone;
    if (source !== undefined) {
      this.source(this.#commitment === undefined ? source : source.at(this.#commitment));
      this.#yellowstone = undefined;
    }
    return super.build(given);
  }
}

/**
 * Begins to put a runtime together.
 *
 * @example
 * const runtime = await yellowstoneRuntime()
 *   .yellowstone(yellowstoneSource({ endpoints: 'https://example.com:10000' }))
 *   .instruction(pipeline(tokenInstructionParser(), [handler]))
 *   .build();
 */
export function yellowstoneRuntime(): YellowstoneBuilder {
  return new YellowstoneBuilder();
}
