#!/usr/bin/env node
/**
 * The `ferrolite` command.
 *
 * Written against the package's public entries alone, as a program of any user's would be: what it needs, others can
 * have as well. Nothing of them is loaded before a command begins to work, and nothing at all for its version.
 *
 * What must stay true: the exit status is 0, 1 or 2 as `--help` says, or that of a signal; standard output holds the
 * answer and nothing else; a reader that goes away ends the command without a word.
 */
const [, , ...args] = process.argv;

if (args[0] === '--version' || args[0] === '-V') {
  const { version } = require('ferrolite/package.json') as { readonly version: string };
  process.stdout.write(`${version}\n`);
} else {
  void (require('./run') as typeof import('./run')).run(args);
}
