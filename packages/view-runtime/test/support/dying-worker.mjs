// The program of a view thread that starts well and dies of its first view.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', () => process.exit(3));
parentPort.postMessage({ kind: 'ready' });
