/**
 * Yellowstone gRPC as a source of a Rockpool pipeline.
 * @packageDocumentation
 */
export {};
