/** CPU time of this process in µs, its garbage collector and compiler threads included. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The smallest step the CPU clock makes here, in µs: 1 on Linux, some 15,000 on Windows. */
export function cpuStepUs(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5; tries++) {
    const from = cpuUs();
    let now = from;
    while (now === from) now = cpuUs();
    least = Math.min(least, now - from);
  }
  return least;
}
