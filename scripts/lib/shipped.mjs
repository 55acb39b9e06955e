// What holds for every addon that leaves this machine, however it is compiled.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
import { CommandFailed } from './run.mjs';

/** What instrumented code brings along, by either compiler. */
export const INSTRUMENTATION = [
  'GCOV_PREFIX',
  '.gcda',
  '__gcov_',
  'LLVM_PROFILE_FILE',
  '__llvm_prf',
  '.profraw',
];

/** The flags that apply already, which ours would otherwise replace. */
export function givenFlags() {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain } = process.env;
  return encoded?.split('\u001F') ?? plain?.split(' ').filter(Boolean) ?? [];
}

/** No path of this machine in the file: messages of panics name the sources of dependencies. */
function remapFlags() {
  const home = process.env.CARGO_HOME ?? path.join(process.env.HOME ?? process.env.USERPROFILE, '.cargo');
  return [`--remap-path-prefix=${path.join(home, 'registry', 'src')}=registry`];
}

/** The environment in which rustc keeps to the flags that were given, adds `more`, and names no path of this machine. */
export const rustFlags = (more = []) => ({
  CARGO_ENCODED_RUSTFLAGS: [...givenFlags(), ...remapFlags(), ...more].join('\u001F'),
});

/** Fails when the file still counts, or names a folder of this machine. */
export function checkFinal(library) {
  const content = fs.readFileSync(library);
  const paths = [root, process.env.HOME, process.env.CARGO_HOME].filter((text) => text?.length > 1);
  const found = [...INSTRUMENTATION, ...paths].filter((text) => content.includes(text));
  if (found.length > 0) throw new CommandFailed(`${library} must not contain ${found.join(', ')}`);
}
