import {
  type BatchHandler,
  type BatchItem,
  FILTERED,
  type Parser,
  type PipelineDefinition,
  pipeline,
} from '@rockpool/pipeline';
import {
  type AccountUpdate,
  accountParser,
  addressOf,
  type InstructionUpdate,
  instructionParser,
  MINT_BYTES,
  readMint,
  readTokenAccount,
  readTokenInstruction,
  type SlotUpdate,
  TOKEN_ACCOUNT_BYTES,
  TOKEN_PROGRAM,
  type YellowstoneKinds,
} from '@rockpool/yellowstone';
import {
  accountLine,
  instructionLine,
  slotLine,
  tokenAccountLine,
  tokenInstructionLine,
} from './lines.js';
import type { Wishes } from './plan.js';

/** Prints whole lines; settles when there is room for more. */
export type Print = (lines: string) => Promise<void>;

/** A pipeline for everything that is wished, each of which prints a line for each update. */
export function pipelinesFor(
  { accounts, owners, programs, tokens, slots }: Wishes,
  print: Print,
): PipelineDefinition<keyof YellowstoneKinds>[] {
  const printing = printer(print);
  return [
    ...(accounts.length > 0 ? [pipeline(accountsParser(accounts), [printing])] : []),
    ...(owners.length > 0 ? [pipeline(ownedParser(owners, accounts), [printing])] : []),
    ...(programs.length > 0 ? [pipeline(programsParser(programs), [printing])] : []),
    ...(tokens
      ? [pipeline(tokenAccounts, [printing]), pipeline(tokenInstructions, [printing])]
      : []),
    ...(slots ? [pipeline(slotParser, [printing])] : []),
  ];
}

/** Many lines in one write: a write of each would cost more than everything before it. */
function printer(print: Print): BatchHandler<string> {
  return {
    name: 'print',
    handleBatch: (items: readonly BatchItem<string>[]) =>
      print(items.map(({ value }) => value).join('')),
  };
}

function accountsParser(accounts: readonly string[]): Parser<AccountUpdate, string> & {
  readonly kind: 'account';
} {
  return {
    id: 'accounts',
    kind: 'account',
    prefilter: { account: { accounts } },
    parse: accountLine,
  };
}

/** An account that was asked for by its own address as well is printed once. */
function ownedParser(
  owners: readonly string[],
  accounts: readonly string[],
): Parser<AccountUpdate, string> & { readonly kind: 'account' } {
  const elsewhere = new Set(accounts);
  return {
    id: 'owned',
    kind: 'account',
    prefilter: { account: { owners } },
    parse: (update) =>
      elsewhere.size > 0 && elsewhere.has(addressOf(update.pubkey))
        ? FILTERED
        : accountLine(update),
  };
}

/** The server sends transactions that name a program; those instructions of them are meant that it runs. */
function programsParser(programs: readonly string[]): Parser<InstructionUpdate, string> & {
  readonly kind: 'instruction';
} {
  const wanted = new Set(programs);
  return {
    id: 'instructions',
    kind: 'instruction',
    prefilter: { transaction: { include: programs } },
    parse: (update) => (wanted.has(addressOf(update.program)) ? instructionLine(update) : FILTERED),
  };
}

const slotParser: Parser<SlotUpdate, string> & { readonly kind: 'slot' } = {
  id: 'slots',
  kind: 'slot',
  prefilter: { slot: {} },
  parse: slotLine,
};

const tokenAccounts = accountParser({
  id: 'token-accounts',
  owner: TOKEN_PROGRAM,
  parse(update) {
    const { pubkey, data } = update;
    switch (data.length) {
      case TOKEN_ACCOUNT_BYTES:
        return tokenAccountLine(update, readTokenAccount(pubkey, data));
      case MINT_BYTES:
        return tokenAccountLine(update, readMint(pubkey, data));
      default:
        return FILTERED;
    }
  },
});

const tokenInstructions = instructionParser({
  id: 'token-instructions',
  program: TOKEN_PROGRAM,
  parse: (update) =>
    tokenInstructionLine(update, readTokenInstruction(update.data, update.accounts)),
});
