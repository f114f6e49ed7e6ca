import type { Address, KeyPairSigner } from '@solana/kit';
import { createKeyPairSignerFromPrivateKeyBytes } from '@solana/kit';
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';

/** Somebody who holds tokens. */
export interface Wallet {
  readonly owner: KeyPairSigner;
  /** The token account of this owner. */
  readonly account: Address;
}

/** Key pairs that a seed repeats: the same ones for the same seed and number. */
export function keyOf(seed: number, number: number): Promise<KeyPairSigner> {
  const secret = new Uint8Array(32);
  const view = new DataView(secret.buffer);
  view.setUint32(0, seed);
  view.setUint32(4, number + 1);
  return createKeyPairSignerFromPrivateKeyBytes(secret);
}

export async function walletOf(seed: number, number: number, mint: Address): Promise<Wallet> {
  const owner = await keyOf(seed, number);
  const [account] = await findAssociatedTokenPda({
    mint,
    owner: owner.address,
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
  });
  return { owner, account };
}
