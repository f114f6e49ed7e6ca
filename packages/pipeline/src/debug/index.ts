export { type Advice, advise, type Bound } from './advice.js';
export { collectProfile, type Profile, type ProfileOptions, type StageProfile } from './profile.js';
export { TraceRing } from './trace-ring.js';
