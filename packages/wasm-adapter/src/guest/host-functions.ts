import { HostSlot } from '../rewrite/index.js';

/** What a rewritten module asks of its host. Neither function may throw: a guest could catch the exception. */
export interface HostFunctions {
  /** Called below zero fuel; a result below zero stops the guest. */
  refill(left: number): number;
  /** The guest's `memory.grow`: the old size in pages, or -1. */
  grow(deltaPages: number, memoryIndex: number): number;
}

/** Puts the host's functions into the table of one instance. */
export function connectHost(table: WebAssembly.Table, functions: HostFunctions): void {
  // Only functions that came out of a module may stand in a table, so a tiny module imports ours and exports them.
  bridge ??= new WebAssembly.Module(bridgeBytes);
  const { refill, grow } = new WebAssembly.Instance(bridge, {
    h: { refill: functions.refill, grow: functions.grow },
  }).exports;
  table.set(HostSlot.refill, refill as () => unknown);
  table.set(HostSlot.grow, grow as () => unknown);
}

let bridge: WebAssembly.Module | undefined;

/**
 * (module
 *   (import "h" "refill" (func (param i32) (result i32)))
 *   (import "h" "grow" (func (param i32 i32) (result i32)))
 *   (export "refill" (func 0)) (export "grow" (func 1)))
 */
const bridgeBytes = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x0c, 0x02, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f],
  ...[0x02, 0x15, 0x02, 0x01, 0x68, 0x06, 0x72, 0x65, 0x66, 0x69, 0x6c, 0x6c, 0x00, 0x00],
  ...[0x01, 0x68, 0x04, 0x67, 0x72, 0x6f, 0x77, 0x00, 0x01],
  ...[0x07, 0x11, 0x02, 0x06, 0x72, 0x65, 0x66, 0x69, 0x6c, 0x6c, 0x00, 0x00],
  ...[0x04, 0x67, 0x72, 0x6f, 0x77, 0x00, 0x01],
);
