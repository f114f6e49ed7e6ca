import type { DecodeContext } from '@rockpool/pipeline';
import type { YellowstoneKinds } from '../../src/index.js';

/** Decodes as if there were a pipeline for each kind. */
export const EVERYTHING: DecodeContext<YellowstoneKinds> = {
  wanted: new Set([
    'account',
    'transaction',
    'instruction',
    'transactionStatus',
    'block',
    'blockMeta',
    'slot',
    'entry',
  ]),
  receivedAtMs: 0,
};
