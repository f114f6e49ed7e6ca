import { readFileSync } from 'node:fs';
import { type GuestName, guestPath } from '../../fixtures/build.mjs';

export { type GuestName, guestPath };

export async function guestBytes(name: GuestName): Promise<Uint8Array> {
  return readFileSync(await guestPath(name));
}
