/** How the tests of a contract suite are run; give it the functions of any runner. */
export interface SuiteRunner {
  /** Registers a test. */
  test(title: string, body: () => Promise<void>): unknown;
  /** Registers a test that does not apply, with the reason. */
  skip(title: string, reason: string): unknown;
}

/** Tests that a subject cannot pass, and why. */
export interface SuiteSkip {
  readonly reason: string;
  /** Full titles. */
  readonly tests: readonly string[];
}

/** One promise of a contract. `Capability` names what a subject may declare. */
export interface ContractTest<Subject, Capability extends string> {
  readonly title: string;
  /** The capability without which it does not apply; always applies when left out. */
  readonly needs?: Capability | undefined;
  readonly body: (subject: Subject) => Promise<void>;
}

/** What every subject of a suite brings along. */
export interface SuiteSubject {
  /** Begins the title of each test. */
  readonly name: string;
  readonly skip?: readonly SuiteSkip[] | undefined;
}

/**
 * Registers every test that applies; the others as skipped, with a reason.
 * @throws TypeError when a skip gives no reason, or names a test that the suite does not have
 */
export function runSuite<Subject extends SuiteSubject, Capability extends string>(
  runner: SuiteRunner,
  subject: Subject,
  tests: readonly ContractTest<Subject, Capability>[],
  has: (capability: Capability) => boolean,
): void {
  const reasons = reasonsOf(
    subject,
    tests.map(({ title }) => title),
  );
  for (const { title, needs, body } of tests) {
    const full = `${subject.name} ${title}`;
    const reason =
      reasons.get(title) ??
      (needs === undefined || has(needs) ? undefined : `does not declare '${needs}'`);
    if (reason === undefined) runner.test(full, () => body(subject));
    else runner.skip(full, reason);
  }
}

function reasonsOf(subject: SuiteSubject, titles: readonly string[]): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const { reason, tests } of subject.skip ?? []) {
    if (reason.trim() === '') throw new TypeError(`${subject.name}: a skip must give its reason`);
    for (const title of tests) {
      if (!titles.includes(title)) {
        throw new TypeError(`${subject.name}: there is no test '${title}' to skip`);
      }
      reasons.set(title, reason);
    }
  }
  return reasons;
}
