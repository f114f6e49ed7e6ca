/**
 * A stand-in for a Yellowstone server, captures, and faults.
 * @packageDocumentation
 */

export {
  type AccountContentFilter,
  type AccountsDataSlice,
  type AccountsFilter,
  type BlocksFilter,
  type BlocksMetaFilter,
  type EntryFilter,
  type LamportsFilter,
  type MemcmpFilter,
  type RequestPing,
  type SlotsFilter,
  type SubscribeRequest,
  SubscribeRequestSchema,
  type TransactionsFilter,
} from '../wire/request.js';
export { capturedChain, readCapture, writeCapture } from './capture.js';
export { capturedSource } from './captured-source.js';
export { ChainMessage } from './chain-message.js';
export { type Fault, type FaultCounts, faultPlan, runFaults } from './faults.js';
export { type ChainOptions, generateChain } from './generate-chain.js';
export { matchingFilters } from './matching.js';
export { StandIn, type StandInOptions } from './stand-in.js';
export { Subscriber } from './subscriber.js';
