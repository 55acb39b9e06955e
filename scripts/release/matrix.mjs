// The matrix of the release workflow, from the table of targets, in the form that GITHUB_OUTPUT takes:
// `build=[…]` and `test=[…]`.
import { targets } from '../lib/targets.mjs';

/** Options of `npm run build` by how a target is built. */
const OPTIONS = { pgo: '--pgo', zig: '', cargo: '--native' };

export const build = targets.map(({ name, triple, runner, how }) => ({
  target: name,
  triple,
  runner,
  options: OPTIONS[how],
}));

/** The lines of Node.js that the addon is run on; one of them in a container, where the machine has none. */
const NODES = ['20', '22', '24', '26'];

export const test = targets
  .filter(({ tested }) => tested !== undefined)
  .flatMap(({ name, tested, libc }) =>
    libc === 'musl'
      ? NODES.map((node) => ({ target: name, runner: tested, node, image: `node:${node}-alpine` }))
      : NODES.map((node) => ({ target: name, runner: tested, node, image: '' })),
  );

/** The oldest image of a supported Node.js that Debian 11 (glibc 2.31) has. */
const OLD_IMAGES = [
  { target: 'linux-x64-gnu', runner: 'ubuntu-24.04', node: '20', image: 'node:20-bullseye-slim' },
];

if (import.meta.main ?? process.argv[1]?.endsWith('matrix.mjs')) {
  console.log(`build=${JSON.stringify(build)}`);
  console.log(`test=${JSON.stringify([...test, ...OLD_IMAGES])}`);
}
