import type { PostedError } from './posted-error.js';

/** An answer that is kept ready. */
export interface SystemPage {
  /** The status of HTTP. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers by their path, such as `/metrics`. */
export type SystemPages = Readonly<Record<string, SystemPage>>;

/** What the system thread is started with. */
export interface SystemBoot {
  readonly host: string;
  readonly port: number;
  readonly stalledAfterMs: number;
  /** Names that a request may be for; none = any. */
  readonly allowedHosts: readonly string[];
  readonly pages: SystemPages;
}

/** What the main thread posts; without pages it only says that it is there. */
export interface SystemUpdate {
  readonly pages?: SystemPages | undefined;
}

/** What the system thread tells. */
export type SystemTold =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly error: PostedError };
