/**
 * A Bitcoin node and its blocks, for tests of what follows a chain.
 * @packageDocumentation
 */
export { BitcoinNode, type BitcoinNodeOptions, type NodeFault } from './bitcoin-node.js';
export { type SampleOptions, sampleBlocks } from './sample-blocks.js';
