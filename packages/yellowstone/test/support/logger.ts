import type { Logger } from '@rockpool/pipeline';

/** Says nothing: that connections break is what these tests are about. */
export const SILENT: Logger = { level: 'silent', log: () => {}, child: () => SILENT };
