import { cpuUs } from './cpu-clock.js';

/**
 * The longest turn of the event loop until `over` answers true. A turn counts as the smaller of its wall time (which
 * grows when others use the machine) and its CPU time (which grows with the helpers of the garbage collector).
 */
export function longestTurnMs(over: () => boolean): Promise<number> {
  return new Promise((done) => {
    let longestMs = 0;
    let lastWallMs = performance.now();
    let lastCpuUs = cpuUs();
    const turn = (): void => {
      const wallMs = performance.now();
      const nowUs = cpuUs();
      longestMs = Math.max(longestMs, Math.min(wallMs - lastWallMs, (nowUs - lastCpuUs) / 1_000));
      lastWallMs = wallMs;
      lastCpuUs = nowUs;
      if (over()) done(longestMs);
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
}
