import { progress } from '@clack/prompts';

/** Tells a person at a terminal how far it is; says nothing to a file or a pipe. */
export interface Progress {
  step(done: string): void;
  end(message: string): void;
}

export function showProgress(total: number): Progress {
  if (!process.stderr.isTTY) return { step() {}, end() {} };
  const bar = progress({ max: total, output: process.stderr });
  bar.start('measuring');
  return {
    step: (done) => bar.advance(1, done),
    end: (message) => bar.stop(message),
  };
}
