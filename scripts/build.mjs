// `npm run build`: installs the dependencies and builds the addon and dist/.
//
//   npm run build -- --pgo     the addon as it is released: optimised by a profile, which takes a training
//                              run and two builds; nothing when no source has changed
import { parseArgs } from 'node:util';
import { buildAddon, buildDist, ensureProfiledAddon } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

try {
  const { values } = parseArgs({ options: { pgo: { type: 'boolean', default: false } } });
  if (values.pgo) {
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
