/** How much an event matters, least first. */
export type Severity = 'debug' | 'info' | 'warn' | 'error' | 'critical';

/** Every severity, least first. */
export const SEVERITIES: readonly Severity[] = ['debug', 'info', 'warn', 'error', 'critical'];
