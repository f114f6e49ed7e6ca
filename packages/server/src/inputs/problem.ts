/** Stable codes of what can be wrong with one input. */
export type InputProblemCode =
  | 'ERR_INPUT_MISSING'
  | 'ERR_INPUT_NO_PAGES'
  | 'ERR_INPUT_NO_MATCH'
  | 'ERR_INPUT_PERMISSION'
  | 'ERR_INPUT_READ'
  | 'ERR_INPUT_TOO_LARGE'
  | 'ERR_INPUT_EMPTY'
  | 'ERR_INPUT_BINARY'
  | 'ERR_INPUT_ENCODING'
  | 'ERR_INPUT_TIMEOUT'
  | 'ERR_INPUT_URL'
  | 'ERR_INPUT_HTTP';

/** One input cannot be processed; the others can. The message says why and what to do, without the input's name. */
export class InputProblem extends Error {
  readonly code: InputProblemCode;

  constructor(code: InputProblemCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InputProblem';
    this.code = code;
  }
}

/** What a failed call of the file system means to who typed the path. */
export function fileProblem(error: unknown): InputProblem {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const known = fileProblems[code];
  if (known !== undefined) return new InputProblem(known[0], known[1], error);
  return new InputProblem('ERR_INPUT_READ', `cannot be read (${code})`, error);
}

const fileProblems: Readonly<Record<string, readonly [InputProblemCode, string]>> = {
  ENOENT: ['ERR_INPUT_MISSING', 'no such file or folder'],
  ENOTDIR: ['ERR_INPUT_MISSING', 'no such file or folder: a part of the path is a file'],
  EACCES: ['ERR_INPUT_PERMISSION', 'permission denied'],
  EPERM: ['ERR_INPUT_PERMISSION', 'permission denied'],
  ELOOP: ['ERR_INPUT_READ', 'is a symbolic link that leads to itself'],
  EISDIR: ['ERR_INPUT_READ', 'is a folder'],
  ENAMETOOLONG: ['ERR_INPUT_MISSING', 'no such file or folder: the name is too long'],
  EMFILE: ['ERR_INPUT_READ', 'too many open files; lower --concurrency'],
};
