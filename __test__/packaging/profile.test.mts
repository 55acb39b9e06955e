// `npm run build -- --pgo` builds an addon that counts, and then the one that is installed: it must not count.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './pack.mts';

const native = path.join(projectRoot, 'native');
const addons = fs.readdirSync(native).filter((name) => name.endsWith('.node'));
/** Names that the runtimes of gcc and of LLVM carry, which write the counts. */
const COUNTERS = ['GCOV_PREFIX', 'LLVM_PROFILE_FILE'];

describe('the built addon', () => {
  it.each(addons)('%s counts nothing', (name) => {
    const content = fs.readFileSync(path.join(native, name));
    expect(COUNTERS.filter((text) => content.includes(text))).toEqual([]);
  });
});

describe('the training and its build script', () => {
  it('ask build.rs by the name that it listens to', () => {
    const [script, tool] = ['build.rs', 'scripts/lib/pgo.mjs'].map((name) =>
      fs.readFileSync(path.join(projectRoot, name), 'utf8'),
    );
    const name = /VARIABLE: &str = "(?<name>\w+)"/.exec(script ?? '')?.groups?.['name'];
    expect(name).toBeDefined();
    expect(tool).toContain(`'${name}'`);
  });
});
