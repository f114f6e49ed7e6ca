/** What may begin in a demonstration. */
export type Act = 'calm' | 'failing' | 'growing' | 'shrinking' | 'leaking' | 'found';

/** A round of a demonstration, again and again. */
export interface DemoScript {
  /** What begins when, in ms from the beginning of a round. */
  readonly acts: readonly (readonly [atMs: number, act: Act])[];
  readonly roundMs: number;
  /** How often buffers grow while they do. */
  readonly growEveryMs: number;
  /** A lease held for longer is taken for a leak. */
  readonly leakThresholdMs: number;
}

/** For somebody who looks at the dashboard: time to see each trouble come and go. */
export const LEISURELY: DemoScript = {
  acts: [
    [0, 'calm'],
    [15_000, 'failing'],
    [23_000, 'calm'],
    [60_000, 'growing'],
    [75_000, 'shrinking'],
    [78_000, 'leaking'],
    [84_000, 'found'],
  ],
  roundMs: 90_000,
  growEveryMs: 1_000,
  leakThresholdMs: 3_000,
};

/** For somebody who waits for the end of it: the same troubles within some seconds. */
export const BRIEF: DemoScript = {
  acts: [
    [0, 'calm'],
    [800, 'failing'],
    [1_500, 'calm'],
    [2_600, 'growing'],
    [4_200, 'shrinking'],
    [4_400, 'leaking'],
    [5_400, 'found'],
  ],
  roundMs: 8_000,
  growEveryMs: 80,
  leakThresholdMs: 500,
};
