// What a worker of a rival's pool runs: the same guest, instantiated once, its calls as they come.
import { readFileSync } from 'node:fs';

const module = new WebAssembly.Module(readFileSync(process.env.BENCH_SMALL_GUEST));
const { add } = new WebAssembly.Instance(module, {}).exports;

export default ({ a, b }) => add(a, b);
