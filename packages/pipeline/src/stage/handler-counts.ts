/** What a handler has done. Written by its slot, read by the statistics. */
export class HandlerCounts {
  succeeded = 0;
  failures = 0;
  retries = 0;
  deadLettered = 0;
  batches = 0;
}
