// AssemblyScript: a guest with the language's own allocator and a collector, for tests.

let calls: i32 = 0;
const notes: Array<string> = [];

export function add(a: i32, b: i32): i32 {
  return a + b;
}

/** Counts its calls, with an allocation for each. */
export function bump(): i32 {
  calls += 1;
  notes.push('call ' + calls.toString());
  return notes.length;
}

export function fibonacci(n: i32): i32 {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

export function spin(): void {
  while (true) calls += 1;
}

/** Allocates until it is refused. */
export function hog(bytes: i32): i32 {
  return new Uint8Array(bytes).length;
}
