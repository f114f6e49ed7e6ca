// workerpool wants its functions registered.
import workerpool from 'workerpool';
import addUp from './rival-worker.mjs';

workerpool.worker({ addUp: (a, b) => addUp({ a, b }) });
