import type { CreateContext, DestroyContext } from '../../src/index.js';
import type { PoolableSubject } from '../../src/testing/index.js';
import { Exchange, exchangeSubject, type Line } from './exchange.js';

/** An exchange of which some hooks are replaced; `change` gets the sound ones. */
export function changed(change: (sound: Exchange) => Partial<Exchange>): PoolableSubject<Line> {
  return exchangeSubject(() => Object.assign(new Exchange(), change(new Exchange())));
}

/** An exchange that ends no line of which `spares` is true. */
function sparing(spares: (context: DestroyContext) => boolean): PoolableSubject<Line> {
  return changed((sound) => ({
    destroy: async (line, context) => {
      if (!spares(context)) await sound.destroy(line, context);
    },
  }));
}

/** An exchange that makes no more lines once one has ended for `reason`. */
function unableToReplace(reason: string): PoolableSubject<Line> {
  return changed((sound) => ({
    create: async (context) => {
      if (sound.ends.includes(reason)) throw new Error('there are no more lines');
      return sound.create(context);
    },
    destroy: (line, context) => sound.destroy(line, context),
  }));
}

/** The context of a creation that hears nothing of its signal. */
export function deafened({ id, attempt, died }: CreateContext): CreateContext {
  return { id, attempt, died, signal: new AbortController().signal };
}

/** The context of a creation whose resource announces its death with `died`. */
function dyingBy(
  { id, attempt, signal }: CreateContext,
  died: CreateContext['died'],
): CreateContext {
  return { id, attempt, signal, died };
}

const sound = exchangeSubject();

/** A poolable that breaks one promise, and what is told by each check that must fail, by its title. */
interface Broken {
  readonly subject: PoolableSubject<Line>;
  readonly fails: Readonly<Record<string, string>>;
}

/** By what is wrong with them. */
export const BROKEN: Readonly<Record<string, Broken>> = {
  'is dead from the start': {
    subject: {
      ...sound,
      exercise: async () => {
        throw new Error('dead from the start');
      },
    },
    fails: {
      'can be used as soon as it is lent': 'dead from the start',
      'can be used again by the next borrower': 'dead from the start',
      'serves many borrowers in turn': 'dead from the start',
      'is replaced when its borrower destroys it': 'dead from the start',
      'passes its own check when it is new': 'dead from the start',
      'passes its own check after it was used': 'dead from the start',
      'is found out by its check once it is spoilt, and replaced': 'dead from the start',
      'is clean for the next borrower': 'dead from the start',
      'is replaced when it dies while idle': 'dead from the start',
      'serves several borrowers at once': 'dead from the start',
    },
  },
  'is worn out by its first borrower': {
    subject: {
      ...sound,
      exercise: async (line) => {
        if (line.spoken > 0) throw new Error('worn out');
        await line.speak();
      },
    },
    fails: {
      'can be used again by the next borrower': 'worn out',
      'serves many borrowers in turn': 'worn out',
    },
  },
  'cannot be cleaned, and says nothing of cleaning': {
    subject: {
      ...changed(() => ({ reset: () => Promise.reject(new Error('it stays dirty')) })),
      capabilities: { ends: true },
    },
    fails: { 'can be used again by the next borrower': 'its reset failed' },
  },
  'cannot be cleaned, and is lost with each loan': {
    subject: changed(() => ({ reset: () => Promise.reject(new Error('it stays dirty')) })),
    fails: {
      'can be used again by the next borrower': 'its reset failed',
      'passes its own check after it was used': 'it did not come back',
      'is found out by its check once it is spoilt, and replaced':
        'the check let a spoilt resource pass',
      'is clean for the next borrower': 'its reset failed',
      'is replaced when it dies while idle': 'it did not come back',
    },
  },
  'is disturbed by the others': {
    subject: { ...sound, exercise: oneLineAtATime() },
    fails: { 'serves many borrowers in turn': 'another line is in use' },
  },
  'cannot be replaced after its borrower destroyed it': {
    subject: unableToReplace('borrower'),
    fails: { 'is replaced when its borrower destroys it': 'there are no more lines' },
  },
  'is not ended when it was never lent': {
    subject: sparing(({ info }) => info.uses === 0),
    fails: {
      'does not outlive a pool that closes while it is being made':
        'not ended although the pool closed',
    },
  },
  'is said to have ended while it was lent': {
    subject: { ...sound, isEnded: () => true },
    fails: {
      'is not ended while it is lent, and is when the pool closes': 'ended while it was lent',
    },
  },
  'is not ended with its pool': {
    subject: sparing(({ reason }) => reason === 'close'),
    fails: {
      'does not outlive a pool that closes while it is being made':
        'not ended although the pool closed',
      'is not ended while it is lent, and is when the pool closes':
        'not ended although the pool closed',
    },
  },
  'fails to end, but for its state': {
    subject: changed((exchange) => ({
      destroy: async (line, context) => {
        await exchange.destroy(line, context);
        throw new Error('an afterthought');
      },
    })),
    fails: { 'is not ended while it is lent, and is when the pool closes': 'its end failed' },
  },
  'is not ended for its borrower': {
    subject: sparing(({ reason }) => reason === 'borrower'),
    fails: {
      'is ended when its borrower destroys it': 'not ended although its borrower destroyed it',
    },
  },
  'is made on after its signal has aborted': {
    subject: changed((exchange) => ({
      create: (context) => exchange.create(deafened(context)),
    })),
    fails: {
      'stops being made when the pool is closed by force':
        'creation went on although its signal had aborted',
    },
  },
  'is found unfit when it is new': {
    subject: {
      ...changed(() => {
        let checks = 0;
        return { validate: async (line) => ++checks > 1 && !line.broken };
      }),
      capabilities: { validates: true },
      options: { createRetry: { initialMs: 1 } },
    },
    fails: {
      'passes its own check when it is new': 'the check found a new resource unfit',
      'passes its own check after it was used': 'the check found a used resource unfit',
    },
  },
  'is found unfit when it was used': {
    subject: changed(() => ({ validate: async (line) => line.spoken === 0 && !line.broken })),
    fails: {
      'passes its own check after it was used': 'the check found a used resource unfit',
    },
  },
  'is never found unfit': {
    subject: changed(() => ({ validate: async () => true })),
    fails: {
      'is found out by its check once it is spoilt, and replaced':
        'the check let a spoilt resource pass',
    },
  },
  'cannot be replaced after its check failed': {
    subject: unableToReplace('invalid'),
    fails: {
      'is found out by its check once it is spoilt, and replaced': 'there are no more lines',
    },
  },
  'leaves its dirt': {
    subject: changed(() => ({ reset: async () => {} })),
    fails: { 'is clean for the next borrower': 'lent with what was left in it' },
  },
  'fails to be cleaned when it is dirty': {
    subject: changed(() => ({
      reset: async (line) => {
        if (line.scribbled) throw new Error('it stays dirty');
      },
    })),
    fails: { 'is clean for the next borrower': 'its reset failed' },
  },
  'breaks while it is cleaned': {
    subject: changed(() => ({
      reset: async (line) => {
        line.broken ||= line.scribbled;
        line.scribbled = false;
      },
    })),
    fails: { 'is clean for the next borrower': 'this line is dead' },
  },
  'cannot be replaced after its death': {
    subject: unableToReplace('died'),
    fails: {
      'is replaced when it dies while idle': 'there are no more lines',
      'tells its borrower when it dies on loan, and is not lent again': 'there are no more lines',
    },
  },
  'announces the death of the line that was made last': {
    subject: changed((exchange) => {
      let latest: CreateContext['died'] = () => {};
      return {
        create: (context) => {
          latest = context.died;
          return exchange.create(dyingBy(context, (error) => latest(error)));
        },
      };
    }),
    fails: {
      'tells its borrower when it dies on loan, and is not lent again':
        'lease.signal did not abort',
    },
  },
  'announces the death of every line': {
    subject: changed((exchange) => {
      const all: CreateContext['died'][] = [];
      return {
        create: (context) => {
          all.push(context.died);
          return exchange.create(
            dyingBy(context, (error) => {
              for (const died of all) died(error);
            }),
          );
        },
      };
    }),
    fails: {
      'tells its borrower when it dies on loan, and is not lent again':
        'the borrower of another was told',
    },
  },
  'rises from the dead': {
    subject: changed((exchange) => {
      const dead: Line[] = [];
      return {
        create: async (context) => {
          const risen = dead.pop();
          return risen === undefined
            ? exchange.create(context)
            : Object.assign(risen, { open: true, broken: false });
        },
        destroy: async (line, context) => {
          await exchange.destroy(line, context);
          if (context.reason === 'died') dead.push(line);
        },
      };
    }),
    fails: {
      'tells its borrower when it dies on loan, and is not lent again':
        'a dead resource was lent again',
    },
  },
  'serves only one at a time': {
    subject: { ...sound, exercise: oneVoiceAtATime() },
    fails: { 'serves several borrowers at once': 'the line is engaged' },
  },
};

function oneLineAtATime(): PoolableSubject<Line>['exercise'] {
  const busy = new Set<Line>();
  return async (line) => {
    busy.add(line);
    try {
      if (busy.size > 1) throw new Error('another line is in use');
      await line.speak();
    } finally {
      busy.delete(line);
    }
  };
}

function oneVoiceAtATime(): PoolableSubject<Line>['exercise'] {
  const busy = new Set<Line>();
  return async (line) => {
    if (busy.has(line)) throw new Error('the line is engaged');
    busy.add(line);
    try {
      await line.speak();
    } finally {
      busy.delete(line);
    }
  };
}
