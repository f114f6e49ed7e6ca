/**
 * A stand-in for a Yellowstone server, captures, and faults.
 * @packageDocumentation
 */

export { type SubscribeRequest, SubscribeRequestSchema } from '../wire/request.js';
export { capturedChain, readCapture, writeCapture } from './capture.js';
export { capturedSource } from './captured-source.js';
export { ChainMessage } from './chain-message.js';
export { type Fault, type FaultCounts, faultPlan, runFaults } from './faults.js';
export { type ChainOptions, generateChain } from './generate-chain.js';
export { matchingFilters } from './matching.js';
export { StandIn, type StandInOptions } from './stand-in.js';
export { Subscriber } from './subscriber.js';
