import type { PipelineDefinition } from '@rockpool/pipeline';
import type { AccountUpdate, InstructionUpdate } from './updates/kinds.js';

/** Changes of one account belong together. */
export function ofAccount({ pubkey }: AccountUpdate): string {
  return nameOf(pubkey);
}

/** Instructions of one transaction belong together. */
export function ofTransaction({ transaction }: InstructionUpdate): string {
  return nameOf(transaction.signature);
}

/** The pipeline with this key, where it says nothing of an order. */
export function inOrderOf<Kind extends string, In>(
  key: (update: In) => string,
  definition: PipelineDefinition<Kind>,
): PipelineDefinition<Kind> {
  const { options } = definition;
  if (options.key !== undefined) return definition;
  const { ordering = 'by-key' } = options;
  if (ordering !== 'by-key') return definition;
  return {
    ...definition,
    options: { ...options, ordering, key: key as (update: never) => string },
  };
}

/** A character for each byte: names are only compared, and base 58 would cost more than most handlers. */
function nameOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
