import { PassThrough } from 'node:stream';
import { type ExitCode, run, type Terminal } from '../src/index.js';

/** What the command sees of its surroundings. */
export interface HereOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stderrIsTTY?: boolean;
}

/** Runs the command in this process: quicker, for what needs neither pipes nor signals of its own. */
export async function runHere(
  args: readonly string[],
  { env = {}, stderrIsTTY = false }: HereOptions = {},
): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const terminal = {
    stdin,
    stdout,
    stderr: Object.assign(stderr, { isTTY: stderrIsTTY }),
    env,
    on: () => {},
    off: () => {},
    exit: () => {
      throw new Error('nothing here ends the process');
    },
  };
  const code = await run(args, terminal as unknown as Terminal);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const text = (stream: PassThrough): string => String(stream.read() ?? '');
