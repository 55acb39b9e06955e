// `npm start`: from a fresh clone to the example on real data. Needs Node 20 or newer, npm and Rust.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ensureBuilt } from './lib/build.mjs';
import { root } from './lib/paths.mjs';
import { newerNode } from './lib/runtimes.mjs';

/** Like `newerNode()`, but a machine that cannot fetch one still gets the example. */
async function nodeForTheComparison() {
  try {
    return await newerNode();
  } catch (error) {
    console.log(`going on with Node ${process.versions.node}, without better-sqlite3: ${error.message}`);
    return process.execPath;
  }
}

/** Runs the example on this terminal and resolves with its exit code. */
function runExample(node) {
  const script = path.join(root, 'examples', 'cities', 'main.mjs');
  // --expose-gc lets the comparison clear one driver's garbage before it times the next one.
  const flags = ['--expose-gc'];
  // node:sqlite announces itself as experimental on Node 22. The first Nodes 20 lack the flag.
  const flag = '--disable-warning';
  if (process.allowedNodeEnvironmentFlags.has(flag)) flags.push(`${flag}=ExperimentalWarning`);
  const child = spawn(node, [...flags, script], { cwd: root, stdio: 'inherit' });
  // The child cleans up and ends; this process only has to stay to hear of it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal) console.error(`the example was ended by ${signal}`);
      resolve(code ?? 1);
    });
  });
}

try {
  await ensureBuilt();
  process.exitCode = await runExample(await nodeForTheComparison());
} catch (error) {
  console.error(`start failed: ${error.message}`);
  process.exitCode = 1;
}
