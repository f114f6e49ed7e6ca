import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { throwIfInterrupted } from './child.mjs';
import { stateFolder } from './paths.mjs';
import { StepFailed, say } from './steps.mjs';

const patienceMs = 600_000;
const file = path.join(stateFolder, 'lock');

/** Runs `work` while no other command of this checkout installs or builds. */
export const withLock = async (work) => {
  await takeLock();
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
};

const takeLock = async () => {
  mkdirSync(stateFolder, { recursive: true });
  const startedAt = performance.now();
  let told = false;
  while (!tryTake()) {
    const owner = ownerOfLock();
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told)
      say(`waiting for another command (process ${owner ?? 'unknown'}) to install or build`);
    told = true;
    if (performance.now() - startedAt > patienceMs) {
      throw new StepFailed(`gave up waiting for ${file}; remove it if no other command is running`);
    }
    throwIfInterrupted();
    await pause(100);
  }
};

const tryTake = () => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

const ownerOfLock = () => {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};
