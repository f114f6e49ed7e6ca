import { FILTERED, type Filtered, type Parser } from '@rockpool/pipeline';
import { keyOf } from '../filters/addresses.js';
import type { Address } from '../filters/prefilter.js';
import type { AccountUpdate, InstructionUpdate } from '../updates/kinds.js';

/** What makes a parser of instructions. */
export interface InstructionParserOptions<Out> {
  readonly id: string;
  /** Only instructions of this program are parsed, and only transactions that name it are sent. */
  readonly program: Address;
  /** `failed: null` for those of failed transactions too. Default `false`. */
  readonly failed?: boolean | null | undefined;
  readonly parse: (update: InstructionUpdate) => Out | Filtered;
}

/**
 * A parser of the instructions of one program, wherever in a transaction they stand.
 * @throws TypeError when the program is no address
 */
export function instructionParser<Out>({
  id,
  program,
  failed,
  parse,
}: InstructionParserOptions<Out>): Parser<InstructionUpdate, Out> {
  const key = checked(program);
  return {
    id,
    kind: 'instruction',
    prefilter: {
      transaction: { include: [program], ...(failed === undefined ? {} : { failed }) },
    },
    parse: (update) => (key.equals(update.program) ? parse(update) : FILTERED),
  };
}

/** What makes a parser of accounts. */
export interface AccountParserOptions<Out> {
  readonly id: string;
  /** Only accounts that this program owns. */
  readonly owner: Address;
  readonly dataSizeBytes?: number | undefined;
  readonly parse: (update: AccountUpdate) => Out | Filtered;
}

/**
 * A parser of the accounts of one program.
 * @throws TypeError when the owner is no address
 */
export function accountParser<Out>({
  id,
  owner,
  dataSizeBytes,
  parse,
}: AccountParserOptions<Out>): Parser<AccountUpdate, Out> {
  const key = checked(owner);
  const size = dataSizeBytes === undefined ? {} : { dataSizeBytes };
  return {
    id,
    kind: 'account',
    prefilter: { account: { owners: [owner], ...size } },
    parse: (update) => (key.equals(update.owner) ? parse(update) : FILTERED),
  };
}

function checked(address: Address): Buffer {
  const key = keyOf(address);
  if (key === undefined) throw new TypeError(`${address} is no address: 32 bytes as base58`);
  return Buffer.from(key);
}
