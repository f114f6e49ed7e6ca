/** The options of `rockpool stream` as read from the command line, beside the settings of the configuration. */
export interface StreamOptions {
  readonly config?: string;
  /** Settings given as flags, as `configure` takes them. */
  readonly settings: readonly string[];
  readonly account: readonly string[];
  readonly owner: readonly string[];
  readonly program: readonly string[];
  readonly tokens?: true;
  readonly slots?: true;
  /** A file to keep what is received in. */
  readonly capture?: string;
  /** A file of such a kind to read instead of connecting. */
  readonly replay?: string;
  readonly demo?: true;
  readonly check?: true;
  readonly quiet?: true;
}
