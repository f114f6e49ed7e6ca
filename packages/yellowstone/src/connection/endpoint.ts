/** The address of a server, taken apart once. */
export interface Endpoint {
  /** `http://host:port` or `https://host:port`: what it is told apart by, in events too. */
  readonly origin: string;
  /** What stands before the path of a method; usually empty. */
  readonly prefix: string;
}

/**
 * Reads an address. Without a scheme it is taken for https.
 * @throws TypeError when it is no address of a server
 */
export function endpointOf(address: string): Endpoint {
  const url = new URL(/^[a-z]+:\/\//i.test(address) ? address : `https://${address}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`${address}: only http and https can carry gRPC`);
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/$/, '') };
}
