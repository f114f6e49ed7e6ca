/**
 * A stand-in for a Yellowstone gRPC server, captures of streams, and faults to try a client with.
 * @packageDocumentation
 */
export {};
