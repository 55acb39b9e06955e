// `npm run build`: installs the dependencies and builds the addon and dist/.
import { buildAddon, buildDist } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';

try {
  await ensureInstalled();
  await buildAddon();
  await buildDist();
} catch (error) {
  console.error(`build failed: ${error.message}`);
  process.exitCode = 1;
}
