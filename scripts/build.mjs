// `npm run build`: installs the dependencies and builds the addon and dist/.
//
//   npm run build -- --pgo                     the addon optimised by a profile, which takes a training run and
//                                              two builds; nothing when no source has changed
//   npm run build -- --target linux-x64-musl   the addon of another platform, compiled and linked by zig
//   npm run build -- --target linux-x64-gnu --pgo   as it is released: profiled, for an old glibc
//
//   npm run build -- --dist                    dist/ alone
//
//   --native          with --target: by the compilers of this platform, without zig
//   --rust debian     with --target: by Debian's Rust, where rustup has no standard library for it
import { parseArgs } from 'node:util';
import { buildAddon, buildDist, buildTarget, ensureProfiledAddon } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

const options = {
  dist: { type: 'boolean', default: false },
  pgo: { type: 'boolean', default: false },
  target: { type: 'string' },
  native: { type: 'boolean', default: false },
  rust: { type: 'string' },
};

try {
  const { dist, target, ...how } = parseArgs({ options }).values;
  if (how.rust !== undefined && how.rust !== 'debian') throw new TypeError('--rust takes only debian');
  if (target !== undefined) {
    await buildTarget(target, how);
  } else if (dist) {
    await ensureInstalled();
    await buildDist();
  } else if (how.pgo) {
    await ensureProfiledAddon();
  } else {
    await ensureInstalled();
    await buildAddon();
    await buildDist();
  }
} catch (error) {
  console.error(`build failed: ${error.message}`);
  process.exitCode = 1;
}
