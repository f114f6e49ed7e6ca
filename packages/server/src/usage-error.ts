/** The command line cannot be carried out; nothing was read. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE';
}
