import { createRequire, isBuiltin } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** The few calls of the C library that the tracked backend needs. Addresses and lengths are bytes. */
export interface LibC {
  /** Which library makes the calls. */
  readonly via: 'node:ffi' | 'koffi';
  /** Maps a file privately over memory that is already there; gives the address, which must be the same. */
  mapFixed(address: bigint, length: number, file: number): bigint;
  /** `madvise(MADV_DONTNEED)`: the next access reads the file, or zero, again. */
  forget(address: bigint, length: number): number;
  /** `memfd_create`: an unnamed file in memory. */
  memoryFile(name: string): number;
  closeFile(file: number): number;
  /** `ioctl(file, PAGEMAP_SCAN, argument)`: the number of ranges found, or below zero. */
  scan(file: number, argument: bigint): number;
  addressOf(buffer: ArrayBuffer): bigint;
}

/** Loads the C library through whatever is there. Throws with the reason if nothing is. */
export function loadLibC(): LibC {
  if (process.platform !== 'linux') throw new Error(`needs Linux, this is ${process.platform}`);
  const require = createRequire(import.meta.url);
  if (isBuiltin('node:ffi')) return viaNode(require('node:ffi') as NodeFfi);
  if (!isMainThread) {
    // Its native code cannot bear that its thread is ended under it: the whole process aborts (koffi#190).
    throw new Error(
      'koffi is not safe in a thread that may be ended, and only Node 26 has node:ffi instead',
    );
  }
  return viaKoffi(require('koffi') as Koffi);
}

const libc = 'libc.so.6';
const readWrite = 0x1 | 0x2;
const privateFixed = 0x02 | 0x10;
const dontNeed = 4;
/** `_IOWR('f', 16, struct pm_scan_arg)`, an argument of 96 bytes. */
const pagemapScan = (3n << 30n) | (96n << 16n) | (0x66n << 8n) | 16n;

interface NodeFfi {
  dlopen(
    library: string,
    signatures: Record<string, { arguments: readonly string[]; return: string }>,
  ): { functions: Record<string, (...values: (number | bigint | string)[]) => number | bigint> };
  getRawPointer(view: Uint8Array): bigint;
}

function viaNode(ffi: NodeFfi): LibC {
  const { functions } = ffi.dlopen(libc, {
    mmap: { arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'u64' },
    madvise: { arguments: ['u64', 'u64', 'i32'], return: 'i32' },
    memfd_create: { arguments: ['string', 'u32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
    ioctl: { arguments: ['i32', 'u64', 'u64'], return: 'i32' },
  });
  const {
    mmap,
    madvise,
    memfd_create: memfdCreate,
    ioctl,
  } = functions as Required<typeof functions>;
  return {
    via: 'node:ffi',
    mapFixed: (address, length, file) =>
      BigInt(call(mmap)(address, BigInt(length), readWrite, privateFixed, file, 0n)),
    forget: (address, length) => Number(call(madvise)(address, BigInt(length), dontNeed)),
    memoryFile: (name) => Number(call(memfdCreate)(name, 0)),
    closeFile: (file) => Number(call(functions['close'])(file)),
    scan: (file, argument) => Number(call(ioctl)(file, pagemapScan, argument)),
    addressOf: (buffer) => BigInt(ffi.getRawPointer(new Uint8Array(buffer))),
  };
}

interface Koffi {
  load(library: string): {
    func(signature: string): (...values: (number | bigint | string)[]) => number | bigint;
  };
  address(view: Uint8Array): number | bigint;
}

function viaKoffi(koffi: Koffi): LibC {
  const library = koffi.load(libc);
  const mmap = library.func('uint64 mmap(uint64, uint64, int, int, int, int64)');
  const madvise = library.func('int madvise(uint64, uint64, int)');
  const memfdCreate = library.func('int memfd_create(str, uint)');
  const close = library.func('int close(int)');
  const ioctl = library.func('int ioctl(int, uint64, uint64)');
  return {
    via: 'koffi',
    mapFixed: (address, length, file) =>
      BigInt(mmap(address, length, readWrite, privateFixed, file, 0)),
    forget: (address, length) => Number(madvise(address, length, dontNeed)),
    memoryFile: (name) => Number(memfdCreate(name, 0)),
    closeFile: (file) => Number(close(file)),
    scan: (file, argument) => Number(ioctl(file, pagemapScan, argument)),
    addressOf: (buffer) => BigInt(koffi.address(new Uint8Array(buffer))),
  };
}

type NativeCall = (...values: (number | bigint | string)[]) => number | bigint;

function call(found: NativeCall | undefined): NativeCall {
  if (found === undefined) throw new Error(`${libc} lacks a function`);
  return found;
}
