export { openSubject, SUBJECT_NAMES, type SubjectName } from './registry.js';
export { type Resource, type Setup, type Subject, Thing } from './subject.js';
