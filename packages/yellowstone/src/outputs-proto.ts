/**
 * The schema of `serveOutputs`, a `.proto` file that comes with this package; clients are made from it. At the root of
 * the sources, so that the way to it is the same after the build.
 */
export const OUTPUTS_PROTO: URL = new URL('../proto/outputs.proto', import.meta.url);
