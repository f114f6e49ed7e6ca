/** The options of `rockpool views` as read from the command line: those of `rockshrew-mono`, and a few of ours. */
export interface ViewsOptions {
  readonly daemonRpcUrl?: string;
  readonly blocks?: string;
  readonly indexer: string;
  readonly dbPath: string;
  readonly startBlock?: number;
  readonly auth?: string;
  readonly host: string;
  readonly port: number;
  readonly label?: string;
  readonly exitAt?: number;
  readonly cors: string;
  readonly maxReorgDepth: number;
  readonly reorgCheckThreshold: number;
  readonly enableViewPool?: true;
  readonly viewPoolSize?: number;
  readonly viewPoolMaxConcurrent?: number;
  readonly viewPoolLogging?: true;
  readonly viewPoolMin?: number;
  /** Milliseconds; 0 = no limit. */
  readonly viewDeadlineMs: number;
  readonly upstreamErrors?: true;
  readonly pipelineSize?: number;
  readonly snapshotDirectory?: string;
  readonly snapshotInterval: number;
  readonly repo?: string;
  readonly prefixroot?: readonly string[];
}
