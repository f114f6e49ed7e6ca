/**
 * The one entry behind `npm test`, `npm run demo`, `npm run bench`, `npm run soak` and
 * `npm run rockpool`: brings a fresh machine (Node and npm only) to the point where the command can
 * run, then runs it. This file must parse on any old Node, so that the message below can be read.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (supported) {
  import('./tooling/commands.mjs')
    .then(({ runCommand }) => runCommand(process.argv[2], process.argv.slice(3)))
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
} else {
  console.error(
    `rockpool: needs Node ^20.19.0 or >=22.12.0, but this is Node ${process.version} ` +
      `(${process.execPath}). Install a newer Node from https://nodejs.org and run the command again.`,
  );
  process.exitCode = 1;
}
