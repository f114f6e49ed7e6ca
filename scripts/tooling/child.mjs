import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';

/** Thrown when the user (or CI) asked to stop while a child was running. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + (constants.signals[signal] ?? 0);
  }
}

/**
 * Runs a program to its end.
 * `output: 'show'` hands it our terminal, `'collect'` keeps what it prints for when it fails.
 * Resolves with `{ exitCode, output }`; rejects with `Interrupted`, or when it cannot be started.
 */
export const runChild = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const { cwd = root, env = process.env, output = 'show', shell = false } = options;
    listenForSignals();
    const child = spawn(program, args, {
      cwd,
      env,
      shell,
      windowsHide: true,
      stdio: output === 'show' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const pieces = [];
    child.stdout?.on('data', (piece) => pieces.push(piece));
    child.stderr?.on('data', (piece) => pieces.push(piece));
    child.once('error', (error) => {
      running.delete(child);
      reject(error);
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      // A command that was shown may answer Ctrl-C with an orderly end of its own: keep its code.
      if (stopSignal !== undefined && (output === 'collect' || code === null)) {
        reject(new Interrupted(stopSignal));
        return;
      }
      const exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
      resolve({ exitCode, output: Buffer.concat(pieces).toString('utf8') });
    });
  });

/** `runChild` for a script run by this very Node. */
export const runNode = (args, options) => runChild(process.execPath, args, options);

/** For loops that wait without a child: ends them when the user asked to stop. */
export const throwIfInterrupted = () => {
  if (stopSignal !== undefined) throw new Interrupted(stopSignal);
};

const running = new Set();
let stopSignal;
let listening = false;

const listenForSignals = () => {
  if (listening) return;
  listening = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal gives Ctrl-C to the whole process group: a second copy from us would read as
      // "stop at once" to children that drain on the first. npm also sends us the same signal twice.
      const fromTerminal = signal === 'SIGINT' && process.stdin.isTTY === true;
      if (fromTerminal) stopSignal = signal;
      else stopChildren(signal);
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) stopWhenAbandoned();
};

const stopChildren = (signal) => {
  if (stopSignal === signal) return;
  stopSignal = signal;
  for (const child of running) child.kill(signal);
};

/** Told to end, npm ends the shell between us, and that shell passes nothing on: we only lose our parent. */
const stopWhenAbandoned = () => {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stopChildren('SIGTERM');
  }, 250);
  watch.unref();
};
