import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ThreadSetup } from './pool/protocol.js';
import { serveThread } from './pool/serve-thread.js';

serveThread(parentPort as MessagePort, workerData as ThreadSetup);
