export type { ImportKind, ModuleAnalysis } from './analyse.js';
export { analyseModule } from './analyse.js';
export type { RewriteRefusal } from './errors.js';
export { RewriteError } from './errors.js';
export type {
  GlobalPlace,
  MemoryPlace,
  Place,
  RewriteManifest,
  TablePlace,
} from './manifest.js';
export { HostSlot } from './manifest.js';
export type { Metering } from './meter.js';
export type { RewriteOptions, RewriteResult } from './rewrite.js';
export { rewriteModule, rewriterVersion } from './rewrite.js';
