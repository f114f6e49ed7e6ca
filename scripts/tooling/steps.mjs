/** A step ended badly; its own output has been shown already. */
export class StepFailed extends Error {}

/** One line of news for the person at the terminal; standard output belongs to the command itself. */
export const say = (line) => {
  process.stderr.write(`rockpool: ${line}\n`);
};

/**
 * Runs `work` as a named step: says when it starts, that it is still alive, and how long it took.
 * `work` resolves with `{ exitCode, output }`; a non-zero code shows the output and throws `StepFailed`.
 */
export const step = async (name, work) => {
  const startedAt = performance.now();
  say(`${name} ...`);
  const alive = setInterval(() => say(`${name} ... ${secondsSince(startedAt)}`), 10_000);
  try {
    const { exitCode, output } = await work();
    if (exitCode !== 0) {
      process.stderr.write(`${output.trimEnd()}\n`);
      throw new StepFailed(`${name} failed with exit code ${exitCode}`);
    }
    say(`${name}: done in ${secondsSince(startedAt)}`);
  } catch (error) {
    if (error instanceof StepFailed) say(`${error.message} after ${secondsSince(startedAt)}`);
    throw error;
  } finally {
    clearInterval(alive);
  }
};

/** Elapsed time for people, such as `8.6 s`. */
export const secondsSince = (startedAt) =>
  `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
